//! Reading everything, page by page: the whole log in the order in which the table keeps it, and the lists of everything else.
//! No function has the right to scan.

use aws_sdk_dynamodb::operation::scan::{ScanOutput, builders::ScanFluentBuilder};
use futures_util::{Stream, stream};
use serde_dynamo::Item;
use turnlog_domain::{GameId, Timestamp};
use turnlog_store::{
    Cursor, Games, Messages, Players, RowTable, StoreError, StoredRow,
    attributes::{SdkItem, number_of, text, text_of},
};

use crate::{Tables, limits::SCAN_PAGE_ITEMS_MAX};

/// A page of a scan.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// What stands on it.
    pub items: Vec<T>,
    /// Where the next one begins; none after the last.
    pub next: Option<Cursor>,
}

/// A game as the `start` index lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// The game.
    pub game: GameId,
    /// Name of its kind, which this code need not know.
    pub kind: String,
    /// When it was made.
    pub at: Timestamp,
}

/// All pages of something from a place on, one after the other.
pub fn pages<T, F>(
    after: Option<Cursor>,
    read: impl Fn(Option<Cursor>) -> F,
) -> impl Stream<Item = Result<Page<T>, StoreError>>
where
    F: Future<Output = Result<Page<T>, StoreError>>,
{
    stream::try_unfold((true, after), move |(is_more, after)| {
        // A request of the SDK is large, and would be a part of everything that waits for it.
        let page = is_more.then(|| Box::pin(read(after)));
        async {
            let Some(page) = page else { return Ok(None) };
            let page = page.await?;
            let next = page.next.clone();
            Ok(Some((page, (next.is_some(), next))))
        }
    })
}

/// A page of the items of all logs as they are stored: those of one log one after the other, in the order of their seq.
/// Strongly consistent. Of a log that grows meanwhile, everything up to some message is seen.
///
/// # Errors
/// When the table cannot be read.
pub async fn messages(messages: &Messages, after: Option<Cursor>) -> Result<Page<Item>, StoreError> {
    let scan = messages.client().scan().table_name(messages.name()).consistent_read(true);
    page(scan, after, |item| Ok(Item::from(item))).await
}

/// A page of the items of one log as they are stored, whatever they are, in the order of their seq; strongly consistent.
///
/// # Errors
/// When the table cannot be read.
pub async fn log(messages: &Messages, log: &str, after: Option<Cursor>) -> Result<Page<Item>, StoreError> {
    let query = messages.client().query().table_name(messages.name()).consistent_read(true);
    let query = query.key_condition_expression("#log = :log").expression_attribute_names("#log", Messages::GAME_ID);
    let query = query.expression_attribute_values(":log", text(log));
    let sent = query.set_exclusive_start_key(after.map(Cursor::into_item)).send().await;
    let page = sent.map_err(|error| StoreError::of("Query", &error))?;
    Ok(Page {
        items: page.items.unwrap_or_default().into_iter().map(Item::from).collect(),
        next: page.last_evaluated_key.map(Cursor::of_item).transpose()?,
    })
}

/// A page of all games, in no order, at most so many where that is said; eventually consistent. What the index lists as no game
/// can be is told in words in its place.
///
/// # Errors
/// When the index cannot be read.
pub async fn begun(
    messages: &Messages,
    max: Option<i32>,
    after: Option<Cursor>,
) -> Result<Page<Result<Begun, String>>, StoreError> {
    let scan = messages.client().scan().table_name(messages.name()).index_name(Messages::START).set_limit(max);
    page(scan, after, |item| Ok(read_begun(&item))).await
}

/// A page of everything that is derived from games and stands in one table, in no order, without what it says; strongly consistent.
///
/// # Errors
/// When the table cannot be read.
pub async fn rows(tables: &Tables, table: RowTable, after: Option<Cursor>) -> Result<Page<StoredRow>, StoreError> {
    let models = tables.read_models();
    let scan = models.client().scan().table_name(models.name(table)).consistent_read(true);
    let scan =
        scan.expression_attribute_names("#owner", table.owner()).expression_attribute_names("#item", table.item());
    let scan = match table {
        // What is kept about the table itself stands under no game.
        RowTable::Games => {
            scan.filter_expression("#owner <> :control").expression_attribute_values(":control", text(Games::CONTROL))
        }
        RowTable::Players => scan
            .filter_expression("begins_with(#item, :game)")
            .expression_attribute_values(":game", text(Players::STANDING)),
    };
    let scan = scan.projection_expression("#owner, #item, seq, #format, kind_version");
    let scan = scan.expression_attribute_names("#format", "format");
    page(scan, after, |item| Ok(StoredRow::of_item(table, item))).await
}

/// Reads one page.
async fn page<T>(
    scan: ScanFluentBuilder,
    after: Option<Cursor>,
    read: impl Fn(SdkItem) -> Result<T, StoreError>,
) -> Result<Page<T>, StoreError> {
    // A page ends at 1 MB in any case. The embedded database, though, reads a table to its end for a page without a limit.
    let limit = scan.get_limit().unwrap_or(SCAN_PAGE_ITEMS_MAX);
    let sent = scan.limit(limit).set_exclusive_start_key(after.map(Cursor::into_item)).send().await;
    let ScanOutput { items, last_evaluated_key, .. } = sent.map_err(|error| StoreError::of("Scan", &error))?;
    Ok(Page {
        items: items.unwrap_or_default().into_iter().map(read).collect::<Result<_, _>>()?,
        next: last_evaluated_key.map(Cursor::of_item).transpose()?,
    })
}

fn read_begun(item: &SdkItem) -> Result<Begun, String> {
    let read = || {
        let (kind, _) = text_of(item, Messages::START)?.rsplit_once('#')?;
        Some(Begun {
            game: GameId::parse(text_of(item, Messages::GAME_ID)?).ok()?,
            kind: kind.to_owned(),
            at: Timestamp::from_ms(number_of(item, Messages::AT)?),
        })
    };
    read().ok_or_else(|| {
        let log = text_of(item, Messages::GAME_ID).unwrap_or("a log without a name");
        format!("{log} is listed as no game can be: {} is {:?}", Messages::START, text_of(item, Messages::START))
    })
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt as _;

    use super::*;

    #[tokio::test]
    async fn every_page_comes_once_and_in_order_from_the_given_place_on() {
        let place = |number: u64| Cursor::after_message("a log", number);
        let read = |after: Option<Cursor>| async move {
            let number = (0..4).find(|&number| after == (number > 0).then(|| place(number))).expect("it is a place");
            Ok(Page { items: vec![number + 1], next: (number < 3).then(|| place(number + 1)) })
        };
        for (after, expected) in [(None, vec![1, 2, 3, 4]), (Some(place(2)), vec![3, 4])] {
            let read: Vec<Page<u64>> = pages(after, read).try_collect().await.expect("nothing fails");
            let items: Vec<u64> = read.into_iter().flat_map(|page| page.items).collect();
            assert_eq!(items, expected);
        }
    }
}
