//! A small directed graph: edges that must hold, edges that may be dropped, and the order they leave.

use std::collections::{BTreeSet, VecDeque};

/// Nodes `0..n`; an edge says that one node comes after another.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    after: Vec<BTreeSet<usize>>,
}

impl Graph {
    /// A graph of `n` nodes without edges.
    pub fn new(n: usize) -> Self {
        Self {
            after: vec![BTreeSet::new(); n],
        }
    }

    /// `node` comes after `before`.
    pub fn add(&mut self, node: usize, before: usize) {
        if node != before {
            self.after[node].insert(before);
        }
    }

    /// As [`Graph::add`], unless that would close a cycle; answers whether the edge was added.
    pub fn add_if_free(&mut self, node: usize, before: usize) -> bool {
        if node == before || self.reaches(before, node) {
            return false;
        }
        self.after[node].insert(before);
        true
    }

    /// What `node` comes directly after.
    pub fn before(&self, node: usize) -> &BTreeSet<usize> {
        &self.after[node]
    }

    /// Whether `from` comes, directly or not, after `to`.
    fn reaches(&self, from: usize, to: usize) -> bool {
        let mut seen = BTreeSet::from([from]);
        let mut queue = VecDeque::from([from]);
        while let Some(node) = queue.pop_front() {
            if node == to {
                return true;
            }
            queue.extend(
                self.after[node]
                    .iter()
                    .copied()
                    .filter(|&next| seen.insert(next)),
            );
        }
        false
    }

    /// The nodes in an order that respects every edge, lower numbers first where free; `Err` holds the nodes of, or
    /// behind, a cycle.
    pub fn sorted(&self) -> Result<Vec<usize>, Vec<usize>> {
        let mut missing: Vec<usize> = self.after.iter().map(BTreeSet::len).collect();
        let mut followers = vec![Vec::new(); self.after.len()];
        for (node, before) in self.after.iter().enumerate() {
            for &other in before {
                followers[other].push(node);
            }
        }
        let mut free: BTreeSet<usize> = (0..missing.len())
            .filter(|&node| missing[node] == 0)
            .collect();
        let mut order = Vec::with_capacity(missing.len());
        while let Some(node) = free.pop_first() {
            order.push(node);
            for &next in &followers[node] {
                missing[next] -= 1;
                if missing[next] == 0 {
                    free.insert(next);
                }
            }
        }
        if order.len() == missing.len() {
            Ok(order)
        } else {
            Err((0..missing.len())
                .filter(|&node| missing[node] > 0)
                .collect())
        }
    }
}
