//! Task sizes that Fargate offers, as pairs of CPU and memory.
//!
//! The table is that of ECS RegisterTaskDefinition, parameter `cpu`, for Linux.

use super::rejection::Rejection;

/// One line of the table: CPU units, least memory, most memory and step, all memory in MiB.
struct Offer {
    cpu: u32,
    least: u32,
    most: u32,
    step: u32,
}

const fn offer(cpu: u32, least: u32, most: u32, step: u32) -> Offer {
    Offer {
        cpu,
        least,
        most,
        step,
    }
}

const OFFERS: [Offer; 7] = [
    offer(256, 512, 2048, 0),
    offer(512, 1024, 4096, 1024),
    offer(1024, 2048, 8192, 1024),
    offer(2048, 4096, 16_384, 1024),
    offer(4096, 8192, 30_720, 1024),
    offer(8192, 16_384, 61_440, 4096),
    offer(16_384, 32_768, 122_880, 8192),
];

impl Offer {
    fn memories(&self) -> Vec<u32> {
        match self.step {
            // A quarter of a vCPU is the one line without an even step.
            0 => vec![512, 1024, 2048],
            step => (self.least..=self.most).step_by(step as usize).collect(),
        }
    }
}

/// CPU units of a task; 1024 are one vCPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Cpu(u32);

impl Cpu {
    /// All sizes, ascending.
    pub fn offered() -> impl Iterator<Item = Cpu> {
        OFFERS.iter().map(|offer| Cpu(offer.cpu))
    }

    /// The number of units.
    pub const fn get(self) -> u32 {
        self.0
    }

    pub(crate) const fn of(units: u32) -> Self {
        Self(units)
    }

    /// The memory sizes Fargate offers with this CPU, ascending.
    pub fn memories(self) -> Vec<Memory> {
        OFFERS
            .iter()
            .filter(|offer| offer.cpu == self.0)
            .flat_map(Offer::memories)
            .map(Memory)
            .collect()
    }

    /// The least memory offered with this CPU.
    pub fn least_memory(self) -> Memory {
        let found = OFFERS.iter().find(|offer| offer.cpu == self.0);
        Memory(found.map_or(OFFERS[0].least, |offer| offer.least))
    }
}

impl TryFrom<i128> for Cpu {
    type Error = Rejection;

    fn try_from(units: i128) -> Result<Self, Rejection> {
        OFFERS
            .iter()
            .find(|offer| i128::from(offer.cpu) == units)
            .map(|offer| Cpu(offer.cpu))
            .ok_or_else(|| {
                let sizes: Vec<String> = OFFERS.iter().map(|o| o.cpu.to_string()).collect();
                Rejection::new(
                    format!("{units} is not a Fargate CPU size"),
                    format!("write one of {} (1024 are one vCPU)", sizes.join(", ")),
                )
            })
    }
}

/// Memory of a task in MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Memory(u32);

impl Memory {
    /// The number of MiB.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Whether Fargate offers this memory together with that CPU.
    pub fn goes_with(self, cpu: Cpu) -> Result<(), Rejection> {
        let offered = cpu.memories();
        if offered.contains(&self) {
            return Ok(());
        }
        let Some((least, most)) = offered.first().zip(offered.last()) else {
            return Ok(());
        };
        let fitting: Vec<String> = Cpu::offered()
            .filter(|cpu| cpu.memories().contains(&self))
            .map(|cpu| cpu.get().to_string())
            .collect();
        let choice = match offered.as_slice() {
            [a, b, c] => format!("{a}, {b} or {c}"),
            [a, b, ..] => format!("{least} to {most} in steps of {}", b.0 - a.0),
            _ => least.to_string(),
        };
        Err(Rejection::new(
            format!(
                "Fargate does not offer {self} MiB of memory with {} CPU units",
                cpu.get()
            ),
            format!(
                "write {choice}, or use {self} MiB with cpu {}",
                fitting.join(", ")
            ),
        ))
    }
}

impl TryFrom<i128> for Memory {
    type Error = Rejection;

    fn try_from(mib: i128) -> Result<Self, Rejection> {
        let all = || OFFERS.iter().flat_map(Offer::memories);
        if let Some(found) = all().find(|&memory| i128::from(memory) == mib) {
            return Ok(Memory(found));
        }
        let gibibytes = mib.saturating_mul(1024);
        let remedy = if mib > 0 && all().any(|memory| i128::from(memory) == gibibytes) {
            format!("memory is in MiB: {mib} GiB are {gibibytes}")
        } else {
            "write MiB, such as 512, 1024 or 2048; the sizes depend on the CPU".to_owned()
        };
        Err(Rejection::new(
            format!("{mib} is not a Fargate memory size"),
            remedy,
        ))
    }
}

impl std::fmt::Display for Cpu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.0, f)
    }
}

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.0, f)
    }
}

impl schemars::JsonSchema for Cpu {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Cpu".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let sizes: Vec<u32> = OFFERS.iter().map(|offer| offer.cpu).collect();
        schemars::json_schema!({ "type": "integer", "enum": sizes })
    }
}

impl schemars::JsonSchema for Memory {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Memory".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let sizes: std::collections::BTreeSet<u32> =
            OFFERS.iter().flat_map(Offer::memories).collect();
        schemars::json_schema!({ "type": "integer", "enum": sizes })
    }
}
