//! Kinds of games behind one face: payloads are JSON here and typed inside each kind.

use std::{borrow::Cow, fmt, marker::PhantomData, ops::RangeInclusive, sync::Arc};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, value::RawValue};

use crate::{
    bot::{self, Bot, Thinking},
    chance::Chance,
    game::{
        event::{Created, Played, TakenBack},
        rejection::Rejection,
    },
    ids::Seat,
    invalid_event::InvalidEvent,
    json::read,
    outcome::Outcome,
    rules::{Form, InvalidOptions, Rules, Viewer},
};

/// The kinds that a server plays, by name. It is made once, and given to whatever folds, decides or lists.
#[derive(Debug, Clone, PartialEq)]
pub struct Kinds(Arc<[Kind]>);

impl Kinds {
    /// These kinds, in this order.
    ///
    /// # Panics
    /// When two have the same name, or one takes no `{}` as its options.
    pub fn new(kinds: impl IntoIterator<Item = Kind>) -> Self {
        let kinds: Arc<[Kind]> = kinds.into_iter().collect();
        for (index, kind) in kinds.iter().enumerate() {
            let is_twin = kinds[..index].contains(kind);
            assert!(!is_twin, "two kinds have the name {}", kind.name());
            if let Err(refused) = kind.try_seats() {
                panic!(
                    "no game of the kind {} can be made with the options `{{}}`: {refused} Every option needs a default that \
                     `setup` accepts: put `#[serde(default)]` on the type of the options and implement `Default` for it",
                    kind.name()
                );
            }
        }
        Self(kinds)
    }

    /// The kind of that name.
    pub fn find(&self, name: &str) -> Option<Kind> {
        self.iter().find(|kind| kind.name() == name)
    }

    /// All of them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Kind> {
        self.0.iter().copied()
    }
}

/// A kind of game: its rules behind one face. Two of the same name are equal.
#[derive(Clone, Copy)]
pub struct Kind(&'static Facts);

/// What is known of the rules without their type.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the kind")]
struct Facts {
    name: &'static str,
    version: u32,
    chance: bool,
    hidden: bool,
    take_backs: bool,
    default_moves: bool,
    opens_at_end: bool,
    setup: fn(&Value) -> Result<Setup, Rejection>,
    restore: fn(&RawValue) -> Result<Box<dyn Position>, InvalidEvent>,
    redact: fn(&Value, Viewer) -> Result<Value, InvalidEvent>,
    upcast: fn(Form, u32, Value) -> Value,
    options_schema: fn() -> Schema,
    action_schema: fn() -> Schema,
}

/// Gives the facts of each type of rules their own place in the program.
struct Of<R>(PhantomData<R>);

impl<R: Rules> Of<R> {
    const FACTS: Facts = Facts {
        name: R::KIND,
        version: R::VERSION,
        chance: R::CHANCE,
        hidden: R::HIDDEN,
        take_backs: R::TAKE_BACKS,
        default_moves: R::DEFAULT_MOVES,
        opens_at_end: R::OPENS_AT_END,
        setup: setup::<R>,
        restore: restore::<R>,
        redact: redact::<R>,
        upcast: R::upcast,
        options_schema: schema::<R::Options>,
        action_schema: schema::<R::Action>,
    };
}

/// A fresh position, and the options as they are stored: complete, with their defaults.
pub(crate) struct Setup {
    pub(crate) position: Box<dyn Position>,
    pub(crate) options: Value,
}

impl Kind {
    /// The kind that has these rules.
    pub const fn of<R: Rules>() -> Self {
        Self(&Of::<R>::FACTS)
    }

    /// The name under which games of this kind are created.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// The version in which this code stores what the kind has to say.
    pub fn version(self) -> u32 {
        self.0.version
    }

    /// Whether anything is left to chance, so that its games have a seed.
    pub fn chance(self) -> bool {
        self.0.chance
    }

    /// Whether anything is hidden from anybody before the end.
    pub fn hidden(self) -> bool {
        self.0.hidden
    }

    /// Whether moves can be taken back.
    pub fn take_backs(self) -> bool {
        self.0.take_backs
    }

    /// Whether a move can be made for whoever is late.
    pub fn default_moves(self) -> bool {
        self.0.default_moves
    }

    /// Whether everybody may see everything once the game is over.
    pub fn opens_at_end(self) -> bool {
        self.0.opens_at_end
    }

    /// How many players a game takes whose creator has chosen nothing, at least and at most.
    ///
    /// # Panics
    /// When the kind takes no `{}` as its options. [`Kinds`] has none of that sort.
    pub fn seats(self) -> RangeInclusive<u8> {
        self.try_seats().expect("a kind has a game by its defaults")
    }

    fn try_seats(self) -> Result<RangeInclusive<u8>, Rejection> {
        Ok(self.position(&Value::Object(Map::new()))?.seats())
    }

    /// The JSON Schema of what the creator of a game may choose, with its defaults.
    pub fn options_schema(self) -> Value {
        (self.0.options_schema)().to_value()
    }

    /// The JSON Schema of what a player asks for.
    pub fn action_schema(self) -> Value {
        (self.0.action_schema)().to_value()
    }

    /// The position before the start of a game with `options`, for whoever plays the rules without a table.
    ///
    /// # Errors
    /// When the kind does not take the options.
    pub fn position(self, options: &Value) -> Result<Box<dyn Position>, Rejection> {
        Ok(self.setup(options)?.position)
    }

    /// Begins a game with `options`.
    pub(crate) fn setup(self, options: &Value) -> Result<Setup, Rejection> {
        (self.0.setup)(options)
    }

    /// Reads a position as it was stored.
    pub(crate) fn restore(self, stored: &RawValue) -> Result<Box<dyn Position>, InvalidEvent> {
        (self.0.restore)(stored)
    }

    /// What the rules have decided, as it is stored now.
    pub fn played(self, payload: Value) -> Played {
        Played { version: self.version(), payload }
    }

    /// The payload of a `played` event in the form in which it is stored now.
    ///
    /// # Errors
    /// When it is of a version that this code does not know.
    pub fn payload(self, played: &Played) -> Result<Cow<'_, Value>, InvalidEvent> {
        self.newest(Form::Event, played.version, &played.payload)
    }

    /// How a game of this kind was made, in the form in which it is stored now.
    ///
    /// # Errors
    /// When it is of a version that this code does not know.
    pub fn created(self, created: &Created) -> Result<Created, InvalidEvent> {
        let options = self.newest(Form::Options, created.kind_version, &created.options)?.into_owned();
        Ok(Created { options, kind_version: self.version(), ..created.clone() })
    }

    /// Where a game of this kind went back to, in the form in which it is stored now.
    pub(crate) fn taken_back(self, taken_back: &TakenBack) -> Result<TakenBack, InvalidEvent> {
        let newest = |position| self.newest(Form::State, taken_back.kind_version, position);
        let position = taken_back.position.as_ref().map(newest).transpose()?.map(Cow::into_owned);
        Ok(TakenBack { position, kind_version: self.version(), ..taken_back.clone() })
    }

    fn newest(self, form: Form, version: u32, stored: &Value) -> Result<Cow<'_, Value>, InvalidEvent> {
        if version == self.version() {
            Ok(Cow::Borrowed(stored))
        } else if (1..self.version()).contains(&version) {
            Ok(Cow::Owned(
                (version..self.version()).fold(stored.clone(), |stored, from| (self.0.upcast)(form, from, stored)),
            ))
        } else {
            Err(InvalidEvent("it is of a version that this code does not know"))
        }
    }

    /// The payload of a `played` event as `viewer` may see it.
    ///
    /// # Errors
    /// When it is no event of this kind.
    pub fn redact(self, event: &Value, viewer: Viewer) -> Result<Value, InvalidEvent> {
        (self.0.redact)(event, viewer)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

fn schema<T: JsonSchema>() -> Schema {
    SchemaGenerator::default().into_root_schema_for::<T>()
}

fn setup<G: Rules>(options: &Value) -> Result<Setup, Rejection> {
    let options: G::Options = read(options).map_err(|reason| Rejection::InvalidOptions { reason })?;
    let position =
        G::setup(&options).map_err(|InvalidOptions(reason)| Rejection::InvalidOptions { reason: reason.to_owned() })?;
    Ok(Setup { position: Box::new(position), options: to_value(&options) })
}

fn restore<G: Rules>(stored: &RawValue) -> Result<Box<dyn Position>, InvalidEvent> {
    let position: G =
        serde_json::from_str(stored.get()).map_err(|_| InvalidEvent("the stored position is not of this kind"))?;
    Ok(Box::new(position))
}

fn redact<G: Rules>(event: &Value, viewer: Viewer) -> Result<Value, InvalidEvent> {
    Ok(to_value(&G::redact(&read_event::<G>(event)?, viewer)))
}

fn read_event<G: Rules>(event: &Value) -> Result<G::Event, InvalidEvent> {
    serde::Deserialize::deserialize(event).map_err(|_| InvalidEvent("the stored event is not of this kind"))
}

fn to_value(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).expect("the types of a kind have string keys and no foreign serializer")
}

/// The state of a game under way, of whatever kind.
pub trait Position: fmt::Debug + Send + Sync {
    /// How many players it takes, at least and at most.
    fn seats(&self) -> RangeInclusive<u8>;
    /// The payloads of the `played` events with which a game of `seats` players begins.
    fn begin(&self, seats: u8, chance: &mut Chance) -> Vec<Value>;
    /// The payloads of the `played` events that `action` by `seat` causes.
    ///
    /// # Errors
    /// When the action cannot be read, or the rules forbid it.
    fn decide(&self, seat: Seat, action: &Value, chance: &mut Chance) -> Result<Vec<Value>, Rejection>;
    /// The payloads with which the game goes on without `seat`; `None` when it cannot.
    fn drop_out(&self, seat: Seat, chance: &mut Chance) -> Option<Vec<Value>>;
    /// Whether the player on `seat` is out of a game that goes on.
    fn is_out(&self, seat: Seat) -> bool;
    /// Whether `seat` can still win.
    fn can_win(&self, seat: Seat) -> bool;
    /// The move that is made for `seat` when its time is up.
    fn default_action(&self, seat: Seat) -> Option<Value>;
    /// Brings the state forward over the payload of one `played` event.
    ///
    /// # Errors
    /// When the event cannot have happened in this state. The state is thrown away then.
    fn evolve(&mut self, event: &Value) -> Result<(), InvalidEvent>;
    /// The seats that may act now.
    fn turn(&self) -> Vec<Seat>;
    /// How it ended, once it has.
    fn outcome(&self) -> Option<Outcome>;
    /// What `viewer` may see.
    fn view(&self, viewer: Viewer) -> Value;
    /// What `viewer` may see, for a terminal.
    fn text(&self, viewer: Viewer) -> String;
    /// Every action that the rules allow `seat` now.
    fn legal_actions(&self, seat: Seat) -> Vec<Value>;
    /// The action that a bot chooses for `seat`, which is in turn.
    fn choose(&self, seat: Seat, bot: Bot, thinking: &mut Thinking<'_>) -> Option<Value>;
    /// A state that `viewer` cannot tell from this one.
    fn resample(&self, viewer: Viewer, chance: &mut Chance) -> Box<dyn Position>;
    /// The state as it is stored.
    fn stored(&self) -> Box<RawValue>;
    /// A copy of its own.
    fn boxed(&self) -> Box<dyn Position>;
}

impl<G: Rules> Position for G {
    fn seats(&self) -> RangeInclusive<u8> {
        Rules::seats(self)
    }

    fn begin(&self, seats: u8, chance: &mut Chance) -> Vec<Value> {
        Rules::begin(self, seats, chance).iter().map(to_value).collect()
    }

    fn decide(&self, seat: Seat, action: &Value, chance: &mut Chance) -> Result<Vec<Value>, Rejection> {
        let action: G::Action = read(action).map_err(|reason| Rejection::MalformedMove { reason })?;
        let events = Rules::decide(self, seat, &action, chance)
            .map_err(|illegal| Rejection::IllegalMove { reason: illegal.0 })?;
        Ok(events.iter().map(to_value).collect())
    }

    fn drop_out(&self, seat: Seat, chance: &mut Chance) -> Option<Vec<Value>> {
        Some(Rules::drop_out(self, seat, chance)?.iter().map(to_value).collect())
    }

    fn is_out(&self, seat: Seat) -> bool {
        Rules::is_out(self, seat)
    }

    fn can_win(&self, seat: Seat) -> bool {
        Rules::can_win(self, seat)
    }

    fn default_action(&self, seat: Seat) -> Option<Value> {
        Rules::default_action(self, seat).as_ref().map(to_value)
    }

    fn evolve(&mut self, event: &Value) -> Result<(), InvalidEvent> {
        Rules::evolve(self, &read_event::<G>(event)?)
    }

    fn turn(&self) -> Vec<Seat> {
        Rules::turn(self)
    }

    fn outcome(&self) -> Option<Outcome> {
        Rules::outcome(self)
    }

    fn view(&self, viewer: Viewer) -> Value {
        to_value(&Rules::view(self, viewer))
    }

    fn text(&self, viewer: Viewer) -> String {
        G::text(&Rules::view(self, viewer))
    }

    fn legal_actions(&self, seat: Seat) -> Vec<Value> {
        Rules::legal_actions(self, seat).iter().map(to_value).collect()
    }

    fn choose(&self, seat: Seat, bot: Bot, thinking: &mut Thinking<'_>) -> Option<Value> {
        bot::choose(self, seat, bot, thinking).as_ref().map(to_value)
    }

    fn resample(&self, viewer: Viewer, chance: &mut Chance) -> Box<dyn Position> {
        Box::new(Rules::resample(self, viewer, chance))
    }

    fn stored(&self) -> Box<RawValue> {
        serde_json::value::to_raw_value(self).expect("the types of a kind have string keys and no foreign serializer")
    }

    fn boxed(&self) -> Box<dyn Position> {
        Box::new(self.clone())
    }
}
