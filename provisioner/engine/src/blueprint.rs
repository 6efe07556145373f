//! The desired graph. It cannot be built with a name twice, a link to nowhere, or a cycle.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::doc::ShapeError;
use crate::order::Graph;
use crate::{Address, Doc, Kind, Link};

/// What is wanted: every resource of an environment with its fields.
#[derive(Clone, Debug, Default)]
pub struct Blueprint {
    wanted: BTreeMap<Address, Doc>,
    order: Vec<Address>,
}

/// A graph that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum BlueprintError {
    /// Two resources share an address.
    #[error("{0} is described twice")]
    Twice(Address),
    /// A link names nothing.
    #[error("{from} links to {to}, which is not described")]
    Dangling {
        /// Who links.
        from: Address,
        /// To what.
        to: Address,
    },
    /// Resources that each need another one first.
    #[error("these need one another first: {}", list(.0))]
    Cycle(Vec<Address>),
    /// A spec that is no set of fields.
    #[error("{0}: {1}")]
    Shape(Address, ShapeError),
}

/// Addresses in a sentence.
pub(crate) fn list(addresses: &[Address]) -> String {
    addresses
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Collects what is wanted.
#[derive(Debug, Default)]
pub struct Builder {
    wanted: BTreeMap<Address, Doc>,
    error: Option<BlueprintError>,
}

impl Builder {
    /// Wants a resource of kind `K`; answers the link to it.
    pub fn want<K: Kind>(&mut self, name: impl Into<String>, spec: &K::Spec) -> Link {
        let address = Address::new(K::NAME, name);
        match Doc::of(spec) {
            Ok(doc) => self.want_doc(address.clone(), doc),
            Err(error) => self.fail(BlueprintError::Shape(address.clone(), error)),
        }
        Link::To(address)
    }

    /// Wants a resource by its doc.
    pub fn want_doc(&mut self, address: Address, doc: Doc) {
        match self.wanted.entry(address) {
            Entry::Occupied(taken) => {
                let address = taken.key().clone();
                self.fail(BlueprintError::Twice(address));
            }
            Entry::Vacant(free) => {
                free.insert(doc);
            }
        }
    }

    fn fail(&mut self, error: BlueprintError) {
        self.error.get_or_insert(error);
    }

    /// The graph, checked.
    pub fn build(self) -> Result<Blueprint, BlueprintError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let addresses: Vec<&Address> = self.wanted.keys().collect();
        let mut graph = Graph::new(addresses.len());
        for (node, (from, doc)) in self.wanted.iter().enumerate() {
            for (_, link) in doc.links() {
                let Link::To(to) = link else { continue };
                match addresses.binary_search(&&to) {
                    Ok(before) if before == node => return Err(BlueprintError::Cycle(vec![to])),
                    Ok(before) => graph.add(node, before),
                    Err(_) => {
                        return Err(BlueprintError::Dangling {
                            from: from.clone(),
                            to,
                        });
                    }
                }
            }
        }
        let pick = |nodes: Vec<usize>| {
            nodes
                .into_iter()
                .map(|node| addresses[node].clone())
                .collect()
        };
        let order = graph
            .sorted()
            .map(pick)
            .map_err(|nodes| BlueprintError::Cycle(pick(nodes)))?;
        Ok(Blueprint {
            order,
            wanted: self.wanted,
        })
    }
}

impl Blueprint {
    /// A builder without anything wanted.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A graph that wants nothing: what a destroy compares with.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Every address with its fields, by address.
    pub fn iter(&self) -> impl Iterator<Item = (&Address, &Doc)> {
        self.wanted.iter()
    }

    /// Every address after all that it links to.
    pub fn in_order(&self) -> &[Address] {
        &self.order
    }

    /// The fields of one resource.
    pub fn get(&self, address: &Address) -> Option<&Doc> {
        self.wanted.get(address)
    }

    /// The same graph without some of its resources; links to them stay.
    pub(crate) fn without(&self, leave_out: impl Fn(&Address) -> bool) -> Self {
        let keeps = |address: &&Address| !leave_out(address);
        Self {
            order: self.order.iter().filter(keeps).cloned().collect(),
            wanted: self
                .wanted
                .iter()
                .filter(|(address, _)| keeps(address))
                .map(|(address, doc)| (address.clone(), doc.clone()))
                .collect(),
        }
    }

    /// How many resources are wanted.
    pub fn len(&self) -> usize {
        self.wanted.len()
    }

    /// Whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// The same text for the same graph: what a saved plan is bound to.
    pub fn canonical(&self) -> String {
        let lines = self
            .wanted
            .iter()
            .map(|(address, doc)| format!("{address} {}\n", doc.to_value()));
        lines.collect()
    }
}
