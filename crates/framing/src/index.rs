//! Which slot a path has, without an allocation for the first paths.

/// So many paths are looked up in place: more than a provider wants.
const NEAR: usize = 64;

/// Numbers of slots by path.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    /// From 1; 0 where the path has none.
    near: [u16; NEAR],
    far: Vec<u16>,
}

impl Default for Index {
    fn default() -> Self {
        Self { near: [0; NEAR], far: Vec::new() }
    }
}

impl Index {
    #[inline]
    pub(crate) fn get(&self, path: u16) -> Option<usize> {
        let path = usize::from(path);
        let number = match self.near.get(path) {
            Some(number) => *number,
            None => *self.far.get(path - NEAR)?,
        };
        usize::from(number).checked_sub(1)
    }

    /// Gives a path a slot. There are at most `MAX_PATHS` of either, which fits.
    pub(crate) fn set(&mut self, path: u16, slot: usize) {
        let path = usize::from(path);
        let number = slot as u16 + 1;
        if let Some(place) = self.near.get_mut(path) {
            *place = number;
            return;
        }
        let path = path - NEAR;
        if self.far.len() <= path {
            self.far.resize(path + 1, 0);
        }
        self.far[path] = number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_and_far() {
        let mut index = Index::default();
        for (slot, path) in [63, 0, 255, 64, 65].into_iter().enumerate() {
            assert_eq!(index.get(path), None);
            index.set(path, slot);
        }
        for (slot, path) in [63, 0, 255, 64, 65].into_iter().enumerate() {
            assert_eq!(index.get(path), Some(slot));
        }
        assert_eq!((index.get(1), index.get(66), index.get(254)), (None, None, None));
    }
}
