//! Unit prices, by region.

/// The price of one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// Millionths of a dollar.
    pub millionths: u64,
    /// Whether it was held against a price list. What was not is from general knowledge, and says so where it is shown.
    pub verified: bool,
}

/// One that stands in a price list: the reference output of a cost calculator that reads AWS's, in August 2026.
const fn listed(millionths: u64) -> Price {
    Price {
        millionths,
        verified: true,
    }
}

/// One that no price list was at hand for.
const fn unverified(millionths: u64) -> Price {
    Price {
        millionths,
        verified: false,
    }
}

impl Price {
    /// `$0.04048`, `$0.50`: all its digits, and cents at least.
    pub fn text(self) -> String {
        let (whole, part) = (self.millionths / 1_000_000, self.millionths % 1_000_000);
        let part = format!("{part:06}");
        let (cents, more) = part.split_at(2);
        format!("${whole}.{cents}{}", more.trim_end_matches('0'))
    }

    /// As a number of dollars, for documents.
    pub fn dollars(self) -> f64 {
        self.millionths as f64 / 1_000_000.0
    }
}

/// On-demand prices of one region. What is `fixed` is paid by the hour, or where it says so by the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// The region.
    pub region: &'static str,
    /// When they were looked up.
    pub date: &'static str,

    /// Fixed: a vCPU of Fargate on Linux and x86.
    pub vcpu_x86: Price,
    /// Fixed: a GB of its memory.
    pub memory_x86: Price,
    /// Fixed: a vCPU of Fargate on Linux and ARM64.
    pub vcpu_arm: Price,
    /// Fixed: a GB of its memory.
    pub memory_arm: Price,
    /// Fixed: a NAT gateway.
    pub nat: Price,
    /// Fixed: a GiB of a task's storage beyond the first 20, by the hour.
    pub storage: Price,
    /// Fixed: an application load balancer.
    pub balancer: Price,
    /// Fixed: a public IPv4 address, in use or idle.
    pub address: Price,
    /// Fixed, by the month: an alarm on one metric of standard resolution.
    pub alarm: Price,
    /// Fixed, by the month: an alarm on one metric, looked at more than once a minute.
    pub quick_alarm: Price,
    /// Fixed, by the month: a dashboard of 50 metrics at most.
    pub dashboard: Price,

    /// A load balancer capacity unit, by the hour.
    pub lcu: Price,
    /// A GB through a NAT gateway, either way.
    pub nat_gb: Price,
    /// A GB out to the internet, after the first 100 GB.
    pub out_gb: Price,
    /// A GB from one zone to another, on each side.
    pub zone_gb: Price,
    /// A GB written to logs.
    pub log_gb: Price,
    /// A GB of logs kept for a month.
    pub log_month: Price,
    /// A million units of on-demand writes to a table.
    pub writes: Price,
    /// A million units of on-demand reads.
    pub reads: Price,
    /// A GB in a table for a month.
    pub table_month: Price,
    /// A GB of a table that can be restored, for a month.
    pub restore_month: Price,
    /// A million requests to standard queues, after the first million.
    pub queue_requests: Price,
    /// A GB of images for a month.
    pub image_month: Price,
    /// A custom metric for a month, among the first 10,000: what Container Insights makes.
    pub metric: Price,
    /// A metric of Container Insights with enhanced observability, for a month.
    pub enhanced_metric: Price,
}

/// The regions whose prices are known.
///
/// <https://aws.amazon.com/fargate/pricing/>, <https://aws.amazon.com/vpc/pricing/>,
/// <https://aws.amazon.com/elasticloadbalancing/pricing/>, <https://aws.amazon.com/cloudwatch/pricing/>,
/// <https://aws.amazon.com/dynamodb/pricing/on-demand/>, <https://aws.amazon.com/ecr/pricing/>,
/// <https://aws.amazon.com/ec2/pricing/on-demand/> (data transfer), <https://aws.amazon.com/sqs/pricing/>
pub const TABLES: [Table; 1] = [Table {
    region: "us-east-1",
    date: "August 2026",
    vcpu_x86: listed(40_480),
    memory_x86: listed(4_445),
    vcpu_arm: unverified(32_380),
    memory_arm: unverified(3_560),
    storage: unverified(111),
    nat: listed(45_000),
    balancer: listed(22_500),
    // Listed for an address that is idle. That one in use costs the same since February 2024 is general knowledge.
    address: unverified(5_000),
    alarm: listed(100_000),
    quick_alarm: listed(300_000),
    dashboard: listed(3_000_000),
    lcu: listed(8_000),
    nat_gb: listed(45_000),
    out_gb: unverified(90_000),
    zone_gb: unverified(10_000),
    log_gb: listed(500_000),
    log_month: listed(30_000),
    writes: unverified(625_000),
    reads: unverified(125_000),
    table_month: unverified(250_000),
    restore_month: unverified(200_000),
    queue_requests: unverified(400_000),
    image_month: listed(100_000),
    metric: unverified(300_000),
    enhanced_metric: unverified(70_000),
}];

/// The prices of a region, where they are known.
pub fn of(region: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.region == region)
}

/// The regions whose prices are known, for messages.
pub fn known() -> String {
    TABLES.map(|table| table.region).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_shows_all_its_digits() {
        let text = |millionths| listed(millionths).text();
        assert_eq!(text(40_480), "$0.04048");
        assert_eq!(text(4_445), "$0.004445");
        assert_eq!(text(500_000), "$0.50");
        assert_eq!(text(3_000_000), "$3.00");
        assert_eq!(text(8_000), "$0.008");
        assert_eq!(listed(625_000).dollars().to_string(), "0.625");
    }

    #[test]
    fn other_regions_have_no_prices() {
        assert_eq!(of("eu-central-1"), None);
        assert_eq!(of("us-east-1").map(|table| table.date), Some("August 2026"));
        assert_eq!(known(), "us-east-1");
    }
}
