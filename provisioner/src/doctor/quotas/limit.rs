//! The account's own number of a quota, or AWS's default where it has none.

use aws_sdk_servicequotas::types::ServiceQuota;
use hcctl_engine::Fault;

use super::table::Quota;
use crate::aws::{Aws, fault};

pub(super) async fn of(aws: &Aws, quota: &Quota) -> Result<f64, Fault> {
    let call = aws.quotas.get_service_quota();
    let call = call.service_code(quota.service).quota_code(quota.code);
    let answer = call.send().await;
    match answer.map_err(fault("servicequotas:GetServiceQuota")) {
        Ok(answer) => value(answer.quota),
        // "For some quotas, only the default values are available."
        // <https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html>
        Err(fault) if fault.is("NoSuchResourceException") => default(aws, quota).await,
        Err(fault) => Err(fault),
    }
}

async fn default(aws: &Aws, quota: &Quota) -> Result<f64, Fault> {
    let call = aws.quotas.get_aws_default_service_quota();
    let call = call.service_code(quota.service).quota_code(quota.code);
    let answer = call.send().await;
    let answer = answer.map_err(fault("servicequotas:GetAWSDefaultServiceQuota"))?;
    value(answer.quota)
}

fn value(quota: Option<ServiceQuota>) -> Result<f64, Fault> {
    let value = quota.and_then(|quota| quota.value);
    value.ok_or_else(|| Fault::own("servicequotas:GetServiceQuota", "the answer has no value"))
}
