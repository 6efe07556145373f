//! The order of steps as a state machine: what may start, what is done, what can never start.

use std::collections::BTreeSet;

use crate::order::Graph;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Done,
    Failed,
    Skipped,
}

/// Which steps may start, given what has become of the others.
#[derive(Clone, Debug)]
pub struct Schedule {
    states: Vec<State>,
    missing: Vec<usize>,
    followers: Vec<Vec<usize>>,
    free: BTreeSet<usize>,
}

impl Schedule {
    /// A schedule in which nothing has started.
    pub fn new(count: usize, graph: &Graph) -> Self {
        let mut followers = vec![Vec::new(); count];
        for node in 0..count {
            for &before in graph.before(node) {
                followers[before].push(node);
            }
        }
        let missing: Vec<usize> = (0..count).map(|node| graph.before(node).len()).collect();
        Self {
            free: (0..count).filter(|&node| missing[node] == 0).collect(),
            states: vec![State::Waiting; count],
            missing,
            followers,
        }
    }

    /// Starts the next step that may start.
    pub fn start(&mut self) -> Option<usize> {
        let node = self.free.pop_first()?;
        self.states[node] = State::Running;
        Some(node)
    }

    /// A running step is done.
    pub fn done(&mut self, node: usize) {
        self.states[node] = State::Done;
        for &next in &self.followers[node] {
            self.missing[next] -= 1;
            if self.missing[next] == 0 && self.states[next] == State::Waiting {
                self.free.insert(next);
            }
        }
    }

    /// A running step failed; answers what can never start because of it.
    pub fn failed(&mut self, node: usize) -> Vec<usize> {
        self.states[node] = State::Failed;
        let mut skipped = Vec::new();
        let mut stack = self.followers[node].clone();
        while let Some(next) = stack.pop() {
            if self.states[next] == State::Waiting {
                self.states[next] = State::Skipped;
                self.free.remove(&next);
                skipped.push(next);
                stack.extend(&self.followers[next]);
            }
        }
        skipped.sort_unstable();
        skipped
    }

    /// Steps that have neither started nor been skipped.
    pub fn waiting(&self) -> Vec<usize> {
        (0..self.states.len())
            .filter(|&node| self.states[node] == State::Waiting)
            .collect()
    }
}
