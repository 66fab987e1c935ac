//! What a request to DynamoDB needs to be allowed.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Need;
use crate::{aws::table_arn, template::model::TableSpec};

/// The partition keys of all tables and their indexes.
#[derive(Debug, Clone, Default)]
pub(crate) struct PartitionKeys {
    /// Table, and index or nothing, to attribute.
    names: BTreeMap<(String, Option<String>), String>,
}

impl PartitionKeys {
    pub(crate) fn new(tables: &[TableSpec]) -> Self {
        let mut names = BTreeMap::new();
        for table in tables {
            names.extend(hash_key(&table.create).map(|key| ((table.name.clone(), None), key)));
            for kind in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
                for index in table.create[kind].as_array().into_iter().flatten() {
                    let name = index["IndexName"].as_str().map(str::to_owned);
                    names.extend(hash_key(index).map(|key| ((table.name.clone(), name), key)));
                }
            }
        }
        Self { names }
    }

    fn of(&self, table: &str, index: Option<&str>) -> Option<&str> {
        self.names.get(&(table.to_owned(), index.map(str::to_owned))).map(String::as_str)
    }
}

fn hash_key(schema: &Value) -> Option<String> {
    let keys = schema["KeySchema"].as_array()?;
    let hash = keys.iter().find(|key| key["KeyType"] == "HASH")?;
    hash["AttributeName"].as_str().map(str::to_owned)
}

/// Where a request goes, without a look at anything else in it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Target {
    table_name: Option<String>,
    index_name: Option<String>,
    stream_arn: Option<String>,
    shard_iterator: Option<String>,
}

/// What an operation with this body needs; the values for conditions only when somebody asks about them.
pub(crate) fn needs(operation: &str, body: &[u8], keys: &PartitionKeys, with_context: bool) -> Vec<Need> {
    match operation {
        "BatchGetItem"
        | "BatchWriteItem"
        | "TransactGetItems"
        | "TransactWriteItems"
        | "ExecuteStatement"
        | "BatchExecuteStatement"
        | "ExecuteTransaction" => {
            let body: Value = serde_json::from_slice(body).unwrap_or_default();
            several(operation, &body, keys)
        }
        _ => {
            let Ok(target) = serde_json::from_slice::<Target>(body) else {
                return vec![need(operation, &table_arn("*"), Vec::new())];
            };
            let context = match &target.table_name {
                Some(table) if with_context => {
                    let body: Value = serde_json::from_slice(body).unwrap_or_default();
                    context(name_in(table), target.index_name.as_deref(), &body, keys)
                }
                Some(_) | None => Vec::new(),
            };
            // An iterator begins with the ARN of its stream.
            let iterator = target.shard_iterator.as_ref().and_then(|iterator| iterator.split('|').next());
            let resource = match (&target.table_name, &target.index_name, target.stream_arn.as_deref().or(iterator)) {
                (Some(table), Some(index), _) => format!("{}/index/{index}", table_arn(name_in(table))),
                (Some(table), None, _) => table_arn(name_in(table)),
                (None, _, Some(arn)) => table_arn(arn.split_once(":table/").map_or("*", |(_, rest)| rest)),
                (None, _, None) => table_arn("*"),
            };
            vec![need(operation, &resource, context)]
        }
    }
}

/// A table may be named by its ARN.
fn name_in(table: &str) -> &str {
    table.rsplit('/').next().unwrap_or(table)
}

fn need(action: &str, resource: &str, context: Vec<(&'static str, Vec<String>)>) -> Need {
    Need { action: format!("dynamodb:{action}"), resource: resource.to_owned(), context }
}

/// The operations on several items: each table or each item counts by itself.
fn several(operation: &str, body: &Value, keys: &PartitionKeys) -> Vec<Need> {
    match operation {
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            tables.map(|(table, requests)| batch(operation, name_in(table), requests, keys)).collect()
        }
        "TransactGetItems" | "TransactWriteItems" => {
            let items = body["TransactItems"].as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
            items.map(|(action, item)| transacted(operation, action, item, keys)).collect()
        }
        _ => {
            let one = body["Statement"].as_str().into_iter();
            let statements = ["Statements", "TransactStatements"].into_iter().flat_map(|list| {
                body[list].as_array().into_iter().flatten().filter_map(|statement| statement["Statement"].as_str())
            });
            one.chain(statements).map(partiql).collect()
        }
    }
}

fn batch(operation: &str, table: &str, requests: &Value, keys: &PartitionKeys) -> Need {
    let read = requests["Keys"].as_array().into_iter().flatten();
    let written = requests.as_array().into_iter().flatten().filter_map(|request| {
        request
            .get("PutRequest")
            .map(|put| &put["Item"])
            .or_else(|| request.get("DeleteRequest").map(|delete| &delete["Key"]))
    });
    let name = keys.of(table, None).unwrap_or_default();
    let leading = read.chain(written).filter_map(|item| plain(&item[name])).collect();
    need(operation, &table_arn(table), vec![("dynamodb:LeadingKeys", leading)])
}

fn transacted(operation: &str, action: &str, item: &Value, keys: &PartitionKeys) -> Need {
    let action = match action {
        "Get" => "GetItem",
        "Put" => "PutItem",
        "Update" => "UpdateItem",
        "Delete" => "DeleteItem",
        _ => "ConditionCheckItem",
    };
    let table = name_in(item["TableName"].as_str().unwrap_or("*"));
    let mut context = context(table, None, item, keys);
    context.push(("dynamodb:EnclosingOperation", vec![operation.to_owned()]));
    need(action, &table_arn(table), context)
}

/// `SELECT … FROM "table"."index" …` and the like.
fn partiql(statement: &str) -> Need {
    let mut words = statement.split_whitespace();
    let verb = words.next().unwrap_or_default().to_ascii_uppercase();
    let (action, before) = match verb.as_str() {
        "SELECT" => ("PartiQLSelect", "FROM"),
        "INSERT" => ("PartiQLInsert", "INTO"),
        "DELETE" => ("PartiQLDelete", "FROM"),
        _ => ("PartiQLUpdate", ""),
    };
    let named = match before {
        "" => words.next(),
        before => words.skip_while(|word| !word.eq_ignore_ascii_case(before)).nth(1),
    };
    let mut parts = named.unwrap_or("*").split('.').map(|part| part.trim_matches(['"', ';']));
    let table = table_arn(parts.next().unwrap_or("*"));
    let resource = parts.next().map_or_else(|| table.clone(), |index| format!("{table}/index/{index}"));
    need(action, &resource, Vec::new())
}

/// What conditions may ask about a request for one table.
fn context(table: &str, index: Option<&str>, body: &Value, keys: &PartitionKeys) -> Vec<(&'static str, Vec<String>)> {
    let mut context = Vec::new();
    if let Some(key) = keys.of(table, index) {
        let named = plain(&body["Item"][key]).or_else(|| plain(&body["Key"][key])).or_else(|| queried(key, body));
        context.extend(named.map(|value| ("dynamodb:LeadingKeys", vec![value])));
    }
    for (name, field) in [("dynamodb:Select", "Select"), ("dynamodb:ReturnValues", "ReturnValues")] {
        context.extend(body[field].as_str().map(|value| (name, vec![value.to_owned()])));
    }
    context
}

/// The value that a query compares the partition key with.
fn queried(key: &str, body: &Value) -> Option<String> {
    if let Some(value) = plain(&body["KeyConditions"][key]["AttributeValueList"][0]) {
        return Some(value);
    }
    let expression = body["KeyConditionExpression"].as_str()?;
    let no_names = Map::new();
    let names = body["ExpressionAttributeNames"].as_object().unwrap_or(&no_names);
    // `key = :value AND …`: the partition key is only ever compared for equality.
    expression.split([' ', '(', ')', '=']).filter(|word| !word.is_empty()).collect::<Vec<_>>().windows(2).find_map(
        |words| {
            let name = names.get(words[0]).and_then(Value::as_str).unwrap_or(words[0]);
            (name == key).then(|| plain(&body["ExpressionAttributeValues"][words[1]])).flatten()
        },
    )
}

/// The text of a key attribute.
fn plain(attribute: &Value) -> Option<String> {
    ["S", "N", "B"].iter().find_map(|kind| attribute[*kind].as_str()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn keys() -> PartitionKeys {
        let create = json!({
            "KeySchema": [{"AttributeName": "game", "KeyType": "HASH"}, {"AttributeName": "seq", "KeyType": "RANGE"}],
            "GlobalSecondaryIndexes": [{"IndexName": "open", "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}]}],
        });
        let table =
            TableSpec { id: "T".to_owned(), name: "t".to_owned(), create, stream_view: None, expiry_attribute: None };
        PartitionKeys::new(&[table])
    }

    /// Actions, the last part of the resources, and leading keys.
    fn read(operation: &str, body: &Value) -> Vec<(String, String, Vec<String>)> {
        let needs = needs(operation, body.to_string().as_bytes(), &keys(), true);
        needs
            .into_iter()
            .map(|need| {
                let leading = need.context.into_iter().find(|(key, _)| *key == "dynamodb:LeadingKeys");
                let resource =
                    need.resource.strip_prefix("arn:aws:dynamodb:us-east-1:000000000000:").unwrap().to_owned();
                (need.action, resource, leading.map(|(_, values)| values).unwrap_or_default())
            })
            .collect()
    }

    fn one(action: &str, resource: &str, leading: &[&str]) -> (String, String, Vec<String>) {
        (format!("dynamodb:{action}"), resource.to_owned(), leading.iter().map(|key| (*key).to_owned()).collect())
    }

    /// IAM: what a call needs: the table, its index, and the leading key.
    #[test]
    fn single_items_and_queries_name_table_index_and_leading_key() {
        let put = json!({"TableName": "t", "Item": {"game": {"S": "g"}, "seq": {"N": "1"}}});
        assert_eq!(read("PutItem", &put), [one("PutItem", "table/t", &["g"])]);
        let get = json!({"TableName": "arn:aws:dynamodb:us-east-1:0:table/t", "Key": {"game": {"S": "g"}}});
        assert_eq!(read("GetItem", &get), [one("GetItem", "table/t", &["g"])]);
        let query = json!({
            "TableName": "t", "KeyConditionExpression": "(#g = :g) AND seq > :s",
            "ExpressionAttributeNames": {"#g": "game"},
            "ExpressionAttributeValues": {":g": {"S": "g"}, ":s": {"N": "1"}},
        });
        assert_eq!(read("Query", &query), [one("Query", "table/t", &["g"])]);
        let index = json!({
            "TableName": "t", "IndexName": "open", "KeyConditionExpression": "kind=:k",
            "ExpressionAttributeValues": {":k": {"S": "chess"}},
        });
        assert_eq!(read("Query", &index), [one("Query", "table/t/index/open", &["chess"])]);
        assert_eq!(read("Scan", &json!({"TableName": "t"})), [one("Scan", "table/t", &[])]);
        assert_eq!(read("ListTables", &json!({})), [one("ListTables", "table/*", &[])]);
    }

    /// IAM: each part of a batch or transaction needs its right.
    #[test]
    fn batches_and_transactions_need_a_right_for_each_part() {
        let items =
            json!([{"PutRequest": {"Item": {"game": {"S": "a"}}}}, {"DeleteRequest": {"Key": {"game": {"S": "b"}}}}]);
        let batch = json!({"RequestItems": {"t": items}});
        assert_eq!(read("BatchWriteItem", &batch), [one("BatchWriteItem", "table/t", &["a", "b"])]);
        let transaction = json!({"TransactItems": [
            {"Put": {"TableName": "t", "Item": {"game": {"S": "a"}}}},
            {"ConditionCheck": {"TableName": "u", "Key": {"id": {"S": "b"}}}},
        ]});
        let expected = [one("PutItem", "table/t", &["a"]), one("ConditionCheckItem", "table/u", &[])];
        assert_eq!(read("TransactWriteItems", &transaction), expected);
        let statement = json!({"Statement": "SELECT * FROM \"t\".\"open\" WHERE kind = 'chess'"});
        assert_eq!(read("ExecuteStatement", &statement), [one("PartiQLSelect", "table/t/index/open", &[])]);
    }
}
