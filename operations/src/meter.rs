//! What an operator's requests cost: every one of them asks for it, and this adds it up.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use aws_sdk_dynamodb::{
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{BeforeSerializationInterceptorContextMut, FinalizerInterceptorContextRef},
    },
    error::BoxError,
    operation::{
        batch_get_item::{BatchGetItemInput, BatchGetItemOutput},
        delete_item::{DeleteItemInput, DeleteItemOutput},
        get_item::{GetItemInput, GetItemOutput},
        put_item::{PutItemInput, PutItemOutput},
        query::{QueryInput, QueryOutput},
        scan::{ScanInput, ScanOutput},
    },
    types::{ConsumedCapacity, ReturnConsumedCapacity},
};

/// Units are counted in tenths, since half ones are the smallest.
const TENTHS: f64 = 10.0;

/// Adds up the capacity units that the requests of a client consume.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<AtomicU64>);

impl Meter {
    /// What was consumed since the last call, in whole units.
    pub fn take(&self) -> u32 {
        let tenths = self.0.swap(0, Ordering::Relaxed);
        u32::try_from(tenths.div_ceil(10)).unwrap_or(u32::MAX)
    }

    fn add(&self, units: f64) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is a small positive number")]
        let tenths = (units.max(0.0) * TENTHS).ceil() as u64;
        self.0.fetch_add(tenths, Ordering::Relaxed);
    }
}

macro_rules! ask {
    ($input:expr, $($kind:ty),+) => {
        $(if let Some(input) = $input.downcast_mut::<$kind>() {
            input.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
        })+
    };
}

macro_rules! consumed {
    ($output:expr, $($kind:ty),+) => {
        None$(.or_else(|| $output.downcast_ref::<$kind>().and_then(|output| output.consumed_capacity.as_ref()).and_then(units)))+
    };
}

fn units(consumed: &ConsumedCapacity) -> Option<f64> {
    consumed.capacity_units
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let input = context.input_mut();
        ask!(input, BatchGetItemInput, DeleteItemInput, GetItemInput, PutItemInput, QueryInput, ScanInput);
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(Ok(output)) = context.output_or_error() else {
            // A failed condition costs as well, and nobody says how much.
            self.add(1.0);
            return Ok(());
        };
        let batch = output.downcast_ref::<BatchGetItemOutput>().and_then(|output| output.consumed_capacity.as_ref());
        let of_batch = batch.map(|consumed| consumed.iter().filter_map(units).sum());
        let of_one = consumed!(output, DeleteItemOutput, GetItemOutput, PutItemOutput, QueryOutput, ScanOutput);
        self.add(of_batch.or(of_one).unwrap_or(1.0));
        Ok(())
    }
}
