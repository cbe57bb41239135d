//! A buffer for short texts that takes long ones too.

/// Bytes that are kept in place: a model's name, an id, a count.
const NEAR: usize = 46;

/// Appended bytes. Allocates only for more than a few.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    near: [u8; NEAR],
    near_len: u8,
    /// All of the bytes are in `far`.
    spilled: bool,
    far: Vec<u8>,
}

impl Default for Text {
    fn default() -> Self {
        Self { near: [0; NEAR], near_len: 0, spilled: false, far: Vec::new() }
    }
}

impl Text {
    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        if self.spilled { &self.far } else { &self.near[..usize::from(self.near_len)] }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        if self.spilled { self.far.len() } else { usize::from(self.near_len) }
    }

    #[inline]
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        let len = self.len();
        let free = if self.spilled { None } else { self.near.get_mut(len..len + bytes.len()) };
        if let Some(free) = free {
            copy_short(bytes, free);
            // NEAR fits u8.
            self.near_len += bytes.len() as u8;
        } else {
            self.extend_far(bytes);
        }
    }

    fn extend_far(&mut self, bytes: &[u8]) {
        if !self.spilled {
            self.far.clear();
            self.far.reserve(usize::from(self.near_len) + bytes.len());
            self.far.extend_from_slice(&self.near[..usize::from(self.near_len)]);
            self.spilled = true;
        }
        self.far.extend_from_slice(bytes);
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        if self.spilled {
            self.far.truncate(len);
        } else {
            self.near_len = usize::from(self.near_len).min(len) as u8;
        }
    }

    /// Forgets the bytes; keeps the buffer.
    #[inline]
    pub(crate) fn clear(&mut self) {
        self.near_len = 0;
        self.spilled = false;
    }
}

/// Copies a few bytes without a call: in two pieces that may overlap.
#[inline(always)]
fn copy_short(from: &[u8], to: &mut [u8]) {
    if !copy_ends::<16>(from, to) && !copy_ends::<8>(from, to) && !copy_ends::<4>(from, to) {
        from.iter().zip(to).for_each(|(from, to)| *to = *from);
    }
}

/// Copies up to two times `N` bytes, but not fewer than `N`; `false` when there are not so many.
#[inline(always)]
fn copy_ends<const N: usize>(from: &[u8], to: &mut [u8]) -> bool {
    if let (Some(first), Some(last)) = (from.first_chunk::<N>(), from.last_chunk::<N>())
        && from.len() <= 2 * N
        && let Some(place) = to.first_chunk_mut()
    {
        *place = *first;
        if let Some(place) = to.last_chunk_mut() {
            *place = *last;
        }
        return true;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_a_vector() {
        let mut text = Text::default();
        let mut vector = Vec::new();
        for step in 0..500_usize {
            match step % 7 {
                3 => {
                    text.truncate(step % 90);
                    vector.truncate(step % 90);
                }
                _ if step % 41 == 9 => {
                    text.clear();
                    vector.clear();
                }
                len => {
                    let bytes = vec![step as u8; len * len];
                    text.extend(&bytes);
                    vector.extend(bytes);
                }
            }
            assert_eq!(text.as_slice(), vector, "step {step}");
            assert_eq!(text.len(), vector.len());
        }
    }
}
