//! A stack of small values whose first few need no allocation.

/// Holds up to `N` values in place, and more on the heap.
#[derive(Clone, Debug)]
pub(crate) struct Stack<T, const N: usize> {
    near_len: usize,
    near: [T; N],
    /// All of them, once they were more; empty before.
    far: Vec<T>,
}

impl<T: Copy + Default, const N: usize> Default for Stack<T, N> {
    fn default() -> Self {
        Self { near_len: 0, near: [T::default(); N], far: Vec::new() }
    }
}

impl<T: Copy + Default, const N: usize> Stack<T, N> {
    #[inline]
    pub(crate) fn as_slice(&self) -> &[T] {
        if self.far.is_empty() {
            self.near.get(..self.near_len).unwrap_or_default()
        } else {
            &self.far
        }
    }

    /// All values, to be changed in place.
    #[inline]
    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        if self.far.is_empty() {
            self.near.get_mut(..self.near_len).unwrap_or_default()
        } else {
            &mut self.far
        }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        if self.far.is_empty() { self.near_len } else { self.far.len() }
    }

    #[inline]
    pub(crate) fn last(&self) -> Option<T> {
        self.as_slice().last().copied()
    }

    #[inline]
    pub(crate) fn push(&mut self, value: T) {
        if self.far.is_empty()
            && let Some(place) = self.near.get_mut(self.near_len)
        {
            *place = value;
            self.near_len += 1;
        } else {
            self.push_far(value);
        }
    }

    #[cold]
    fn push_far(&mut self, value: T) {
        if self.far.is_empty() {
            self.far.extend_from_slice(&self.near);
            self.near_len = 0;
        }
        self.far.push(value);
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        let last = self.last()?;
        self.truncate(self.len() - 1);
        Some(last)
    }

    #[inline]
    pub(crate) fn truncate(&mut self, len: usize) {
        // Once empty, the values are near again.
        self.near_len = self.near_len.min(len);
        self.far.truncate(len);
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        self.truncate(0);
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
                _ => stack.as_mut_slice().iter_mut().zip(&mut vector).for_each(|(a, b)| {
                    *a += 1;
                    *b += 1;
                }),
            }
            assert_eq!(stack.len(), vector.len());
            assert_eq!(stack.last(), vector.last().copied());
            assert_eq!(stack.as_slice(), vector);
        }
    }
}
