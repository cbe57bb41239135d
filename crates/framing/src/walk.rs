//! Where in the document and in the trie the scanner is, side by side.

use crate::stack::Stack;
use crate::trie::{NodeId, ROOT, Trie};

/// The walked containers, from the root on, with the nodes of the trie that they match.
///
/// A value can match several nodes, as `*` and an index can both name it. At most
/// [`crate::Paths::MAX_SEGMENTS`] + 1 frames, at most one node per path in each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Walk {
    /// The innermost container; meaningless outside any.
    top: Frame,
    /// The containers around it.
    outer: Stack<Frame, 4>,
    depth: usize,
    /// The nodes of all frames, and then those of the value the scanner is at.
    nodes: Stack<NodeId, 12>,
}

/// A walked container.
#[derive(Clone, Copy, Debug, Default)]
struct Frame {
    array: bool,
    /// Where its nodes begin in [`Walk::nodes`], and where they end.
    first: u32,
    end: u32,
    /// The only one of them, as is usual.
    only: Option<NodeId>,
    /// The element the scanner is at.
    index: u64,
    /// The captures begun before its first member.
    mark: u64,
}

impl Walk {
    pub(crate) fn clear(&mut self) {
        self.top = Frame::default();
        self.outer.clear();
        self.depth = 0;
        self.nodes.clear();
    }

    /// How many containers are open.
    #[inline(always)]
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// Whether the innermost container is an array.
    #[inline(always)]
    pub(crate) fn in_array(&self) -> bool {
        self.top.array
    }

    /// In an object: the captures begun before its first member.
    pub(crate) fn object_mark(&self) -> Option<u64> {
        (self.depth > 0 && !self.top.array).then_some(self.top.mark)
    }

    /// The nodes of the value the scanner is at.
    #[inline]
    pub(crate) fn value_nodes(&self) -> &[NodeId] {
        self.nodes.as_slice().get(self.top.end as usize..).unwrap_or_default()
    }

    /// Whether the value the scanner is at is, or may be above, a wanted one.
    #[inline(always)]
    pub(crate) fn at_node(&self) -> bool {
        self.nodes.len() > self.top.end as usize
    }

    /// At the member with this key.
    #[inline(always)]
    pub(crate) fn enter_member(&mut self, trie: &Trie, key: &[u8]) {
        if let Some(only) = self.top.only {
            if let Some(member) = trie.node(only).member(key) {
                self.nodes.push(member);
            }
            return;
        }
        for at in self.top.first..self.top.end {
            if let Some(node) = self.nodes.as_slice().get(at as usize).copied()
                && let Some(member) = trie.node(node).member(key)
            {
                self.nodes.push(member);
            }
        }
    }

    /// At a value that has no key: the root, or an array's next element.
    pub(crate) fn enter_unkeyed(&mut self, trie: &Trie) {
        if self.depth == 0 {
            self.nodes.push(ROOT);
        } else if self.top.array {
            for at in self.top.first..self.top.end {
                if let Some(node) = self.nodes.as_slice().get(at as usize).copied() {
                    let elements = trie.node(node).elements(self.top.index);
                    elements.for_each(|element| self.nodes.push(element));
                }
            }
        }
    }

    /// After a comma.
    #[inline(always)]
    pub(crate) fn next(&mut self) {
        self.top.index += 1;
    }

    /// The value the scanner is at is a container, and is walked.
    pub(crate) fn push(&mut self, array: bool, mark: u64) {
        if self.depth > 0 {
            self.outer.push(self.top);
        }
        self.depth += 1;
        let (first, end) = (self.top.end, short(self.nodes.len()));
        self.top = Frame {
            array,
            first,
            end,
            only: self.nodes.last().filter(|_| end - first == 1),
            index: 0,
            mark,
        };
    }

    /// The innermost container ended.
    pub(crate) fn pop(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.top = self.outer.pop().unwrap_or_default();
    }

    /// The value the scanner was at ended.
    #[inline(always)]
    pub(crate) fn leave_value(&mut self) {
        self.nodes.truncate(self.top.end as usize);
    }
}

fn short(len: usize) -> u32 {
    u32::try_from(len).expect("MAX_PATHS nodes in each of MAX_SEGMENTS + 1 frames fit u32")
}
