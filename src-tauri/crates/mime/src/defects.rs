//! A list of defects that names each kind once.

use postroom_types::{Defect, DefectKind};

#[derive(Debug, Default, Clone)]
pub(crate) struct Defects(Vec<Defect>);

impl Defects {
    /// Adds a defect unless its kind is listed already.
    pub(crate) fn add(&mut self, kind: DefectKind, detail: &str) {
        if !self.0.iter().any(|known| known.kind == kind) {
            self.0.push(Defect { kind, detail: detail.to_owned() });
        }
    }

    pub(crate) fn extend(&mut self, others: &[Defect]) {
        for other in others {
            self.add(other.kind, &other.detail);
        }
    }

    pub(crate) fn list(&self) -> &[Defect] {
        &self.0
    }

    pub(crate) fn into_vec(mut self) -> Vec<Defect> {
        self.0.sort();
        self.0
    }
}
