//! A stack of small values whose first few need no allocation.

/// Holds `N` values in place, and what goes beyond them on the heap.
#[derive(Clone, Debug)]
pub(crate) struct Stack<T, const N: usize> {
    len: usize,
    near: [T; N],
    far: Vec<T>,
}

impl<T: Copy + Default, const N: usize> Default for Stack<T, N> {
    fn default() -> Self {
        Self { len: 0, near: [T::default(); N], far: Vec::new() }
    }
}

impl<T: Copy + Default, const N: usize> Stack<T, N> {
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn get(&self, at: usize) -> Option<T> {
        if at >= self.len {
            return None;
        }
        match self.near.get(at) {
            Some(value) => Some(*value),
            None => self.far.get(at - N).copied(),
        }
    }

    #[inline]
    pub(crate) fn last(&self) -> Option<T> {
        self.get(self.len.wrapping_sub(1))
    }

    #[inline]
    pub(crate) fn push(&mut self, value: T) {
        match self.near.get_mut(self.len) {
            Some(place) => *place = value,
            None => self.far.push(value),
        }
        self.len += 1;
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        let last = self.last()?;
        self.truncate(self.len - 1);
        Some(last)
    }

    #[inline]
    pub(crate) fn truncate(&mut self, len: usize) {
        if len < self.len {
            self.len = len;
            self.far.truncate(len.saturating_sub(N));
        }
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        self.truncate(0);
    }

    /// All values, to be changed in place.
    #[inline]
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let near = self.len.min(N);
        self.near[..near].iter_mut().chain(&mut self.far)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_a_vector() {
        let mut stack = Stack::<u32, 3>::default();
        let mut vector = Vec::new();
        for step in 0..200_u32 {
            match step * 7 % 5 {
                0 | 1 | 3 => {
                    stack.push(step);
                    vector.push(step);
                }
                2 => assert_eq!(stack.pop(), vector.pop()),
                _ if step % 20 == 9 => {
                    stack.truncate(2);
                    vector.truncate(2);
                }
                _ => stack.iter_mut().zip(&mut vector).for_each(|(a, b)| {
                    *a += 1;
                    *b += 1;
                }),
            }
            assert_eq!(stack.len(), vector.len());
            assert_eq!(stack.last(), vector.last().copied());
            for at in 0..=vector.len() {
                assert_eq!(stack.get(at), vector.get(at).copied());
            }
        }
    }
}
