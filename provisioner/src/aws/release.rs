//! Deleting what something else may still hold: wait for it to let go, and name the holder if it does not.

use std::time::Duration;

use futures_util::TryFutureExt;
use hcctl_engine::{Class, Fault};

use super::ec2::filter;
use super::{Aws, fault};

/// How long network interfaces of load balancers, NAT gateways and tasks may linger (`DependencyViolation` until then).
const PATIENCE: Duration = Duration::from_mins(10);

impl Aws {
    /// Repeats `delete` while something holds the resource, and says who when patience ends.
    ///
    /// `by` and `id` are the filter that finds the network interfaces in it, such as `subnet-id`.
    pub async fn released<F>(
        &self,
        by: &str,
        id: &str,
        delete: impl Fn() -> F + Send,
    ) -> Result<(), Fault>
    where
        F: Future<Output = Result<(), Fault>> + Send,
    {
        self.released_within(PATIENCE, by, id, delete).await
    }

    /// The same with a patience of its own.
    async fn released_within<F>(
        &self,
        patience: Duration,
        by: &str,
        id: &str,
        delete: impl Fn() -> F + Send,
    ) -> Result<(), Fault>
    where
        F: Future<Output = Result<(), Fault>> + Send,
    {
        let began = tokio::time::Instant::now();
        let mut pause = Duration::from_millis(500);
        loop {
            match delete().await {
                Err(fault) if fault.class == Class::Conflict => {
                    let holders = self.holders(by, id).await?;
                    // Interfaces let go by themselves; anything else that holds it was made by somebody.
                    if began.elapsed() >= patience
                        || (!lingering(&holders) && began.elapsed() >= patience / 10)
                    {
                        return Err(name(fault, &holders));
                    }
                    tracing::debug!(%fault, ?holders, "still held, trying again");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 3 / 2).min(Duration::from_secs(10));
                }
                outcome => return outcome,
            }
        }
    }

    /// Who has network interfaces here, or stands in it.
    async fn holders(&self, by: &str, id: &str) -> Result<Vec<String>, Fault> {
        let call = self
            .ec2
            .describe_network_interfaces()
            .filters(filter(by, [id]));
        let answer = call
            .send()
            .map_err(fault("ec2:DescribeNetworkInterfaces"))
            .await?;
        let interfaces = answer.network_interfaces.unwrap_or_default().into_iter();
        let mut holders: Vec<String> = interfaces
            .map(|interface| {
                let id = interface.network_interface_id.unwrap_or_default();
                let what = interface.description.filter(|text| !text.is_empty());
                let what = what.or(interface.requester_id);
                format!(
                    "{id} ({})",
                    what.unwrap_or_else(|| "no description".to_owned())
                )
            })
            .collect();
        if by == "vpc-id" {
            holders.extend(self.inhabitants(id).await?);
        }
        Ok(holders)
    }

    /// What stands in a VPC and keeps it, network interfaces aside.
    async fn inhabitants(&self, vpc: &str) -> Result<Vec<String>, Fault> {
        let subnets = self
            .ec2
            .describe_subnets()
            .filters(filter("vpc-id", [vpc]))
            .send();
        let groups = self
            .ec2
            .describe_security_groups()
            .filters(filter("vpc-id", [vpc]))
            .send();
        let tables = self
            .ec2
            .describe_route_tables()
            .filters(filter("vpc-id", [vpc]))
            .send();
        let (subnets, groups, tables) = tokio::join!(subnets, groups, tables);
        let subnets = subnets.map_err(fault("ec2:DescribeSubnets"))?;
        let groups = groups.map_err(fault("ec2:DescribeSecurityGroups"))?;
        let tables = tables.map_err(fault("ec2:DescribeRouteTables"))?;
        let subnets = subnets
            .subnets
            .unwrap_or_default()
            .into_iter()
            .map(|subnet| {
                let (id, cidr) = (
                    subnet.subnet_id.unwrap_or_default(),
                    subnet.cidr_block.unwrap_or_default(),
                );
                format!("{id} (subnet {cidr})")
            });
        let groups = groups.security_groups.unwrap_or_default().into_iter();
        let groups = groups
            .filter(|group| group.group_name() != Some("default"))
            .map(|group| {
                let (id, name) = (
                    group.group_id.unwrap_or_default(),
                    group.group_name.unwrap_or_default(),
                );
                format!("{id} (security group {name})")
            });
        let tables = tables.route_tables.unwrap_or_default().into_iter();
        // The main one goes with its VPC.
        let tables = tables
            .filter(|table| {
                !table
                    .associations()
                    .iter()
                    .any(|one| one.main == Some(true))
            })
            .map(|table| format!("{} (route table)", table.route_table_id.unwrap_or_default()));
        Ok(subnets.chain(groups).chain(tables).collect())
    }
}

/// Whether a network interface is among the holders: these let go by themselves.
fn lingering(holders: &[String]) -> bool {
    holders.iter().any(|holder| holder.starts_with("eni-"))
}

fn name(mut fault: Fault, holders: &[String]) -> Fault {
    if holders.is_empty() {
        return fault.remedy("something that hcctl did not make refers to it: find it, remove it, and run the same command again");
    }
    fault.message = format!("{}; held by {}", fault.message, holders.join(", "));
    fault.remedy(
        "remove what holds it, or wait until its owner lets go, and run the same command again",
    )
}

#[cfg(all(test, feature = "sandbox"))]
mod tests {
    use super::*;
    use crate::aws::{Connect, Scope};

    async fn sandbox() -> Aws {
        let sandbox = hcctl_sandbox::Sandbox::open(None, hcctl_sandbox::Settings::instant());
        let connect = Connect {
            region: "us-east-1".to_owned(),
            profile: None,
            http: Some(sandbox.unwrap().http_client()),
            ask: None,
        };
        let scope = Scope {
            project: "shop".to_owned(),
            environment: "dev".to_owned(),
            region: "us-east-1".to_owned(),
            tags: std::collections::BTreeMap::new(),
            ignored_tags: std::collections::BTreeSet::new(),
            rare: std::collections::BTreeSet::new(),
        };
        Aws::connect(connect, scope).await.unwrap()
    }

    async fn delete(aws: &Aws, vpc: &str) -> Result<(), Fault> {
        let call = aws.ec2.delete_vpc().vpc_id(vpc);
        call.send().await.map(drop).map_err(fault("ec2:DeleteVpc"))
    }

    #[tokio::test]
    async fn a_vpc_that_does_not_go_names_what_stands_in_it() {
        let aws = sandbox().await;
        let vpc = aws.ec2.create_vpc().cidr_block("10.0.0.0/16").send().await;
        let vpc = vpc.unwrap().vpc.unwrap().vpc_id.unwrap();
        let subnet = aws.ec2.create_subnet().vpc_id(&vpc);
        let subnet = subnet.cidr_block("10.0.1.0/24").send().await.unwrap();
        let subnet = subnet.subnet.unwrap().subnet_id.unwrap();
        let group = aws.ec2.create_security_group().vpc_id(&vpc);
        let group = group.group_name("theirs").description("not ours").send();
        let group = group.await.unwrap().group_id.unwrap();
        let table = aws.ec2.create_route_table().vpc_id(&vpc).send().await;
        let table = table.unwrap().route_table.unwrap().route_table_id.unwrap();

        let outcome = aws
            .released_within(Duration::ZERO, "vpc-id", &vpc, || delete(&aws, &vpc))
            .await;
        let met = outcome.unwrap_err();
        assert!(met.is("DependencyViolation"), "{met}");
        // The group named default and the main route table go with their VPC.
        let held = format!(
            "; held by {subnet} (subnet 10.0.1.0/24), {group} (security group theirs), {table} (route table)"
        );
        assert!(met.message.ends_with(&held), "{met}");
        assert!(met.remedy.unwrap().starts_with("remove what holds it"));

        let gone = aws.ec2.delete_subnet().subnet_id(subnet).send().await;
        gone.unwrap();
        let gone = aws.ec2.delete_security_group().group_id(group).send().await;
        gone.unwrap();
        let gone = aws
            .ec2
            .delete_route_table()
            .route_table_id(table)
            .send()
            .await;
        gone.unwrap();
        aws.released_within(Duration::ZERO, "vpc-id", &vpc, || delete(&aws, &vpc))
            .await
            .unwrap();
    }
}
