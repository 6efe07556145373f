//! What a box costs in a month, as far as that is fixed: hours that are paid whether anybody comes or not.

/// Hours of a month, as AWS's own calculator counts them.
const HOURS: f64 = 730.0;

/// On-demand prices of one region, in dollars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Table {
    /// The region.
    pub region: &'static str,
    /// When they were looked up.
    pub date: &'static str,
    /// A vCPU of Fargate on Linux and x86, by the hour.
    pub vcpu: f64,
    /// A GB of its memory, by the hour.
    pub memory: f64,
    /// A NAT gateway, by the hour.
    pub nat: f64,
    /// An application load balancer, by the hour.
    pub balancer: f64,
    /// An alarm of standard resolution, by the month.
    pub alarm: f64,
}

/// <https://aws.amazon.com/fargate/pricing/>, <https://aws.amazon.com/vpc/pricing/>,
/// <https://aws.amazon.com/elasticloadbalancing/pricing/>, <https://aws.amazon.com/cloudwatch/pricing/>
const TABLES: [Table; 1] = [Table {
    region: "us-east-1",
    date: "August 2026",
    vcpu: 0.040_48,
    memory: 0.004_445,
    nat: 0.045,
    balancer: 0.022_5,
    alarm: 0.10,
}];

/// What is not in any price here.
const LEFT_OUT: &str = "Usage not included: traffic, load balancer capacity units, requests, storage, logs and \
     metrics; nor public IPv4 addresses and dashboards.";

/// The prices of a region, where they are known.
pub fn of(region: &str) -> Option<Table> {
    TABLES.into_iter().find(|table| table.region == region)
}

impl Table {
    /// Tasks of Fargate on x86, of which there are at least and at most so many.
    pub fn tasks(&self, cpu: u32, memory: u32, (least, most): (u32, u32)) -> Cost {
        let one = f64::from(cpu) / 1024.0 * self.vcpu + f64::from(memory) / 1024.0 * self.memory;
        Cost {
            least: one * HOURS * f64::from(least),
            most: one * HOURS * f64::from(most),
        }
    }

    /// So many NAT gateways.
    pub fn nats(&self, number: u32) -> Cost {
        Cost::fixed(self.nat * HOURS * f64::from(number))
    }

    /// A load balancer.
    pub fn balancer(&self) -> Cost {
        Cost::fixed(self.balancer * HOURS)
    }

    /// So many alarms.
    pub fn alarms(&self, number: u32) -> Cost {
        Cost::fixed(self.alarm * f64::from(number))
    }
}

/// Dollars in a month.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// At least.
    pub least: f64,
    /// At most.
    pub most: f64,
}

impl Cost {
    const fn fixed(amount: f64) -> Self {
        Self {
            least: amount,
            most: amount,
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            least: self.least + other.least,
            most: self.most + other.most,
        }
    }

    /// `$9.01`, or `$9.01 to $18.02`.
    pub fn text(self) -> String {
        let (least, most) = (format!("${:.2}", self.least), format!("${:.2}", self.most));
        if least == most {
            least
        } else {
            format!("{least} to {most}")
        }
    }
}

/// What all of it costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Prices {
    /// By what it is for.
    pub rows: Vec<(String, Cost)>,
    /// The region whose prices these are, and when they were looked up.
    pub source: String,
}

impl Prices {
    /// The sum.
    pub fn total(&self) -> Cost {
        let costs = self.rows.iter().map(|(_, cost)| *cost);
        costs.fold(Cost::default(), Cost::and)
    }

    /// What these prices are, and what is not in them.
    pub fn note(&self) -> String {
        format!("Prices: {}. {LEFT_OUT}", self.source)
    }

    pub(super) fn new(table: &Table, rows: Vec<(String, Cost)>) -> Self {
        let source = format!("{} on-demand prices of {}", table.region, table.date);
        Self { rows, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_a_processor_for_a_month() {
        let table = of("us-east-1").expect("a known region");
        // 0.25 * 0.04048 * 730 + 0.5 * 0.004445 * 730 = 7.3876 + 1.622425
        assert_eq!(table.tasks(256, 512, (1, 1)).text(), "$9.01");
        assert_eq!(table.tasks(256, 512, (1, 2)).text(), "$9.01 to $18.02");
        assert_eq!(table.nats(2).text(), "$65.70");
        assert_eq!(table.balancer().text(), "$16.43");
    }

    #[test]
    fn other_regions_have_no_prices() {
        assert_eq!(of("eu-central-1"), None);
    }

    #[test]
    fn a_sum_keeps_both_ends() {
        let table = of("us-east-1").expect("a known region");
        let rows = vec![
            ("tasks".to_owned(), table.tasks(256, 512, (1, 2))),
            ("alarms".to_owned(), table.alarms(8)),
        ];
        let prices = Prices::new(&table, rows);
        assert_eq!(prices.total().text(), "$9.81 to $18.82");
        assert!(prices.source.contains("August 2026"));
    }
}
