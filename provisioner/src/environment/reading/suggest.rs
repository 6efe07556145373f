//! "Did you mean": the nearest of the words that would have been right.

/// What other tools call a key of ours.
pub(crate) fn also_known_as(written: &str) -> Option<&'static str> {
    Some(match fold(written).as_str() {
        "desired_count" | "replicas" | "instances" | "tasks" => "count",
        "environment" | "variables" | "env_vars" => "env",
        "vpc_cidr" | "cidr_block" => "cidr",
        "availability_zones" | "azs" => "zones",
        "mem" | "ram" => "memory",
        "health_check" | "health_check_path" | "healthcheck" => "health",
        "container_port" | "port_mappings" => "port",
        "autoscaling" | "scaling" => "scale",
        "max_count" | "max_capacity" | "maximum" => "max",
        "min_count" | "min_capacity" | "minimum" => "min",
        "log_retention_days" | "retention" | "retention_in_days" => "retention_days",
        "aws_region" => "region",
        "account_id" | "aws_account" => "account",
        "certificate_arn" => "certificate",
        "load_balancer" | "alb" => "edge",
        "vpc" => "network",
        "ephemeral_storage" | "storage" | "storage_gb" => "storage_gib",
        "entry_point" => "entrypoint",
        "stop_timeout" => "stop_seconds",
        "readonly_fs" | "readonly_root_filesystem" | "read_only" => "root",
        "platform" | "cpu_architecture" | "runtime_platform" => "architecture",
        "init_process_enabled" => "init",
        "taskdef_overrides" | "task_definition" => "task",
        "mount_points" => "mounts",
        "policies" | "iam" => "permissions",
        _ => return None,
    })
}

/// The candidate nearest to what was written, if one is near enough to be meant.
pub(crate) fn nearest<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let plain = fold(written);
    let allowed = (plain.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(&plain, &fold(candidate)), candidate))
        .filter(|(distance, candidate)| {
            // A word of one or two letters is near to everything.
            *distance <= allowed && *distance < candidate.chars().count()
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `Desired-Count` and `desired_count` are the same mistake.
fn fold(word: &str) -> String {
    word.to_lowercase().replace(['-', ' ', '.'], "_")
}

/// Insertions, deletions, substitutions and swaps of neighbours that lead from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    // Far apart in length means far apart; this also bounds the table for absurd input.
    if a.len().abs_diff(b.len()) > 8 {
        return usize::MAX;
    }
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut least = (rows[i - 1][j] + 1)
                .min(rows[i][j - 1] + 1)
                .min(rows[i - 1][j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn nearest_finds_slips_and_leaves_strangers_alone() {
        let keys = ["cpu", "memory", "count", "retention_days", "per_zone"];
        let near = |word| nearest(word, keys);
        assert_eq!(near("memroy"), Some("memory"));
        assert_eq!(near("Count"), Some("count"));
        assert_eq!(near("retention-days"), Some("retention_days"));
        assert_eq!(near("retentiondays"), Some("retention_days"));
        assert_eq!(near("cpus"), Some("cpu"));
        assert_eq!(near("certificate"), None);
        assert_eq!(near("x"), None);
        assert_eq!(near(""), None);
        assert_eq!(near(&"m".repeat(100_000)), None);
    }
}
