//! Text that is kept up to a bound, inline: names of events and values of headers.

/// The first `N` bytes of a text that comes in pieces.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounded<const N: usize> {
    bytes: [u8; N],
    len: usize,
    /// More came than fits.
    cut: bool,
}

impl<const N: usize> Bounded<N> {
    pub(crate) const EMPTY: Self = Self { bytes: [0; N], len: 0, cut: false };

    /// Forgets the text.
    pub(crate) fn clear(&mut self) {
        self.len = 0;
        self.cut = false;
    }

    pub(crate) fn append(&mut self, piece: &[u8]) {
        let free = self.bytes.get_mut(self.len..).unwrap_or_default();
        let kept = piece.len().min(free.len());
        free[..kept].copy_from_slice(&piece[..kept]);
        self.len += kept;
        self.cut |= kept < piece.len();
    }

    /// The whole text; `None` when it was longer than the bound.
    pub(crate) fn whole(&self) -> Option<&[u8]> {
        (!self.cut).then_some(self.kept())
    }

    /// What is kept as [`text`].
    pub(crate) fn text(&self) -> Option<&str> {
        text(self.kept())
    }

    /// Whether the same is kept of both.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.kept() == other.kept()
    }

    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What is kept.
    pub(crate) fn kept(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// What was kept of a text, as far as it is UTF-8, as the bound may cut a character; `None`
/// when that is nothing.
pub(crate) fn text(kept: &[u8]) -> Option<&str> {
    let valid = match std::str::from_utf8(kept) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&kept[..error.valid_up_to()]).unwrap_or_default(),
    };
    (!valid.is_empty()).then_some(valid)
}
