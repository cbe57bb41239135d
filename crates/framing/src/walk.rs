//! Where in the document and in the trie the scanner is, side by side.

use crate::trie::{NodeId, ROOT, Trie};

/// The walked containers, from the root on, with the nodes of the trie that they match.
///
/// A value can match several nodes, as `*` and an index can both name it. At most
/// [`crate::Paths::MAX_SEGMENTS`] + 1 frames, at most one node per path in each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Walk {
    frames: Vec<Frame>,
    /// The nodes of all frames, and then those of the value the scanner is at.
    nodes: Vec<NodeId>,
}

/// A walked container.
#[derive(Clone, Copy, Debug)]
struct Frame {
    array: bool,
    /// The element the scanner is at.
    index: u64,
    /// Where its nodes begin in [`Walk::nodes`], and where they end.
    first: usize,
    end: usize,
    /// The captures begun before its first member.
    mark: u64,
}

impl Walk {
    pub(crate) fn clear(&mut self) {
        self.frames.clear();
        self.nodes.clear();
    }

    /// How many containers are open.
    pub(crate) fn depth(&self) -> usize {
        self.frames.len()
    }

    /// Whether the innermost container is an array.
    pub(crate) fn in_array(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.array)
    }

    /// In an object: the captures begun before its first member.
    pub(crate) fn object_mark(&self) -> Option<u64> {
        self.frames.last().filter(|frame| !frame.array).map(|frame| frame.mark)
    }

    /// The nodes of the value the scanner is at.
    pub(crate) fn value_nodes(&self) -> &[NodeId] {
        &self.nodes[self.value_start()..]
    }

    /// At the member with this key.
    pub(crate) fn enter_member(&mut self, trie: &Trie, key: &[u8]) {
        let Some(frame) = self.frames.last() else {
            return;
        };
        for at in frame.first..frame.end {
            self.nodes.extend(trie.node(self.nodes[at]).member(key));
        }
    }

    /// At a value that has no key: the root, or an array's next element.
    pub(crate) fn enter_unkeyed(&mut self, trie: &Trie) {
        match self.frames.last() {
            None => self.nodes.push(ROOT),
            Some(frame) if frame.array => {
                for at in frame.first..frame.end {
                    self.nodes.extend(trie.node(self.nodes[at]).elements(frame.index));
                }
            }
            Some(_) => {}
        }
    }

    /// After a comma.
    pub(crate) fn next(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.index += 1;
        }
    }

    /// The value the scanner is at is a container, and is walked.
    pub(crate) fn push(&mut self, array: bool, mark: u64) {
        let (first, end) = (self.value_start(), self.nodes.len());
        self.frames.push(Frame { array, index: 0, first, end, mark });
    }

    /// The innermost container ended.
    pub(crate) fn pop(&mut self) {
        self.frames.pop();
    }

    /// The value the scanner was at ended.
    pub(crate) fn leave_value(&mut self) {
        self.nodes.truncate(self.value_start());
    }

    fn value_start(&self) -> usize {
        self.frames.last().map_or(0, |frame| frame.end)
    }
}
