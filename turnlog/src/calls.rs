//! The Lambda functions as calls, for a stack that runs them in its own process.

use std::{
    collections::BTreeMap,
    fmt,
    rc::Rc,
    sync::{Mutex, PoisonError},
    time::UNIX_EPOCH,
};

use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use serde::{Serialize, de::DeserializeOwned};
use turnlog_domain::Kinds;
use turnlog_local::{Call, Functions, Handler, Surroundings};
use turnlog_store::{Environment, GameCache};

use crate::functions::{FunctionError, Host, function};

/// The error type that `lambda_runtime` reports for an event that it cannot deserialize.
const NO_EVENT: &str = "lambda_runtime::deserializer::DeserializeError";
const NO_EVENT_TEXT: &str = "failed to deserialize the incoming data into the function's payload type";

/// The functions for games of `kinds`, which a template names by their handlers.
pub(crate) fn calls(kinds: &Kinds) -> Functions {
    let (kinds, caches) = (kinds.clone(), Caches::default());
    Functions::new(move |surroundings| {
        let (kinds, cache) = (kinds.clone(), caches.of(&surroundings.handler));
        Box::pin(async move { begin(surroundings, cache, &kinds).await.map_err(not_begun) })
    })
}

/// What the instances of each function remember together. One that was not there when a game went on would have to read and
/// fold what another instance has just stored.
#[derive(Default)]
struct Caches(Mutex<BTreeMap<String, GameCache>>);

impl Caches {
    fn of(&self, handler: &str) -> GameCache {
        // A panic elsewhere cannot leave the map half changed.
        let mut caches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        caches.entry(handler.to_owned()).or_default().clone()
    }
}

async fn begin(surroundings: Surroundings, cache: GameCache, kinds: &Kinds) -> Result<Handler, FunctionError> {
    let Surroundings { handler, environment, http } = surroundings;
    let environment = Environment::given(environment, http, cache).map_err(lambda_runtime::Error::from)?;
    Box::pin(function(Calls, &handler, &environment, kinds)).await
}

/// What the process of a function would end with.
fn not_begun(error: FunctionError) -> turnlog_local::FunctionError {
    turnlog_local::FunctionError { error_type: "Runtime.ExitError".to_owned(), error_message: error.to_string() }
}

/// Calls a function with what its process would read, and returns what that would write.
struct Calls;

impl Host for Calls {
    type Ready = Handler;

    async fn host<E, A, X>(
        self,
        function: impl AsyncFn(LambdaEvent<E>) -> Result<A, X> + 'static,
    ) -> Result<Handler, FunctionError>
    where
        E: DeserializeOwned + 'static,
        A: Serialize + 'static,
        X: Into<Diagnostic> + fmt::Debug + 'static,
    {
        let function = Rc::new(function);
        Ok(Box::new(move |call| {
            let function = Rc::clone(&function);
            Box::pin(async move {
                let payload = serde_json::from_slice(&call.event).map_err(|error| told(no_event(&error)))?;
                let answer = function(LambdaEvent::new(payload, context(call))).await.map_err(|error| {
                    tracing::error!("{error:?}");
                    told(error.into())
                })?;
                serde_json::to_string(&answer)
                    .map_err(|error| told(Diagnostic::from(lambda_runtime::Error::from(error))))
            })
        }))
    }
}

fn no_event(error: &serde_json::Error) -> Diagnostic {
    Diagnostic { error_type: NO_EVENT.to_owned(), error_message: format!("{NO_EVENT_TEXT}: {error}\n") }
}

fn told(diagnostic: Diagnostic) -> turnlog_local::FunctionError {
    let Diagnostic { error_type, error_message } = diagnostic;
    turnlog_local::FunctionError { error_type, error_message }
}

fn context(call: Call) -> Context {
    let mut context = Context::default();
    let deadline = call.deadline.duration_since(UNIX_EPOCH).unwrap_or_default();
    context.deadline = deadline.as_millis().try_into().unwrap_or(u64::MAX);
    context.request_id = call.request_id;
    context.invoked_function_arn = call.function_arn;
    context.xray_trace_id = Some(call.trace_id);
    context
}
