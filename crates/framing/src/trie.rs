//! The wanted paths as a trie: what the scanner walks beside the document.

use crate::paths::Segment;

/// Names a node of the trie. `MAX_PATHS` × `MAX_SEGMENTS` + 1 nodes fit.
pub(crate) type NodeId = u16;

/// The root: the document itself.
pub(crate) const ROOT: NodeId = 0;

/// All wanted paths. At most `MAX_PATHS` × `MAX_SEGMENTS` + 1 nodes.
#[derive(Clone, Debug)]
pub(crate) struct Trie {
    nodes: Vec<Node>,
    /// Bytes of the longest wanted key: longer keys of a document match nothing.
    longest_key: usize,
}

/// One value that is wanted, or is above one that is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    /// Members by key, sorted by [`bucket`].
    keys: Vec<(Box<str>, NodeId)>,
    /// A bit for each length that a key has, modulo 64.
    lengths: u64,
    /// Where in `keys` each bucket ends. Empty while there are few.
    buckets: Vec<u16>,
    /// Elements by index: the keys that are also canonical decimal numbers.
    indices: Vec<(u64, NodeId)>,
    /// Every element.
    any: Option<NodeId>,
    /// The path that ends here.
    pub(crate) end: Option<u16>,
    /// [`Node::is_leaf`].
    leaf: bool,
    /// Every path that ends here or below.
    pub(crate) below: Vec<u16>,
}

impl Default for Trie {
    fn default() -> Self {
        Self { nodes: vec![Node::default()], longest_key: 0 }
    }
}

impl Trie {
    /// Adds a path that is not there yet.
    pub(crate) fn insert(&mut self, segments: &[Segment], path: u16) {
        let many = segments.iter().any(|segment| matches!(segment, Segment::AnyElement));
        let mut at = ROOT;
        self.node_mut(at).below.push(path);
        for segment in segments {
            at = self.child_or_insert(at, segment);
            let node = self.node_mut(at);
            node.below.push(path);
            node.leaf = false;
        }
        let node = self.node_mut(at);
        node.end = Some(path);
        node.leaf = !many && node.below.len() == 1;
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[usize::from(id)]
    }

    /// Bytes of the longest wanted key.
    pub(crate) fn longest_key(&self) -> usize {
        self.longest_key
    }

    fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[usize::from(id)]
    }

    fn child_or_insert(&mut self, at: NodeId, segment: &Segment) -> NodeId {
        let node = self.node(at);
        let found = match segment {
            Segment::AnyElement => node.any,
            Segment::Key(key) => node.member(key.as_bytes()),
        };
        if let Some(child) = found {
            return child;
        }
        let child = NodeId::try_from(self.nodes.len()).expect("the bounds of Paths fit NodeId");
        self.nodes.push(Node::default());
        match segment {
            Segment::AnyElement => self.node_mut(at).any = Some(child),
            Segment::Key(key) => {
                self.longest_key = self.longest_key.max(key.len());
                self.node_mut(at).insert_member(key, child);
            }
        }
        child
    }
}

impl Node {
    /// The node of the member with this (unescaped) key.
    #[inline(always)]
    pub(crate) fn member(&self, key: &[u8]) -> Option<NodeId> {
        if self.lengths >> (key.len() % 64) & 1 == 0 { None } else { self.likely_member(key) }
    }

    /// [`Node::member`] for a key that may be one by its length.
    fn likely_member(&self, key: &[u8]) -> Option<NodeId> {
        let keys = if self.buckets.is_empty() {
            self.keys.as_slice()
        } else {
            let bucket = bucket(key);
            let first = bucket.checked_sub(1).map_or(0, |at| self.buckets[at]);
            &self.keys[usize::from(first)..usize::from(self.buckets[bucket])]
        };
        let same = |have: &[u8]| {
            // Most keys differ in these already.
            have.len() == key.len() && have.last() == key.last() && have == key
        };
        let found = keys.iter().find(|(have, _)| same(have.as_bytes()))?;
        Some(found.1)
    }

    /// The nodes of the element at this index: by `*`, and by the index itself.
    pub(crate) fn elements(&self, index: u64) -> impl Iterator<Item = NodeId> {
        let numbered =
            self.indices.iter().find(|(have, _)| *have == index).map(|(_, child)| *child);
        self.any.into_iter().chain(numbered)
    }

    /// Whether something below is wanted if this is an object.
    pub(crate) fn has_members(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Whether nothing below is wanted, and there is no `*` on the way here.
    pub(crate) fn is_leaf(&self) -> bool {
        self.leaf
    }

    /// Whether something below is wanted if this is an array.
    pub(crate) fn has_elements(&self) -> bool {
        self.any.is_some() || !self.indices.is_empty()
    }

    fn insert_member(&mut self, key: &str, child: NodeId) {
        let its = bucket(key.as_bytes());
        let at = self.keys.partition_point(|(have, _)| bucket(have.as_bytes()) <= its);
        self.keys.insert(at, (key.into(), child));
        self.lengths |= 1 << (key.len() % 64);
        if let Some(index) = as_index(key) {
            self.indices.push((index, child));
        }
        if self.keys.len() > FEW_KEYS {
            self.buckets = (0..BUCKETS)
                .map(|at| self.keys.partition_point(|(have, _)| bucket(have.as_bytes()) <= at))
                .map(|end| u16::try_from(end).expect("MAX_PATHS fits u16"))
                .collect();
        }
    }
}

/// The most keys that are compared one by one.
const FEW_KEYS: usize = 3;
const BUCKETS: usize = 64;

/// Keys of different buckets are different; few wanted keys share one.
#[inline]
fn bucket(key: &[u8]) -> usize {
    let (Some(first), Some(last)) = (key.first(), key.last()) else {
        return 0;
    };
    (key.len() ^ usize::from(*first) << 1 ^ usize::from(*last) << 2) % BUCKETS
}

/// RFC 6901: an index has no sign and no leading zero.
fn as_index(key: &str) -> Option<u64> {
    let canonical = key == "0" || !key.starts_with(['0', '+']);
    canonical.then(|| key.parse().ok()).flatten()
}
