//! Bodies of GitHub's answers, made at random of the response schemas in GitHub's OpenAPI
//! description; and what is planted into them.
//!
//! Each body comes as two texts: as GitHub may send it to an identity that sees too much, and as
//! everybody may see it. The second one is made by not planting, never by taking out, so it knows
//! nothing of how the relay cleans.

#![expect(clippy::panic, clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;
use std::path::Path;
use std::sync::OnceLock;

use octopool_core::relay::{Holds, ROUTES, RouteRow};
use serde_json::Value;

/// What must be nowhere in a cleaned body.
pub(super) const CANARY: &str = "canary-of-somebody-else";

/// GitHub's description, as npm's `@octokit/openapi` carries it.
const DESCRIPTION: &str = "node_modules/@octokit/openapi/generated/api.github.com.json";
/// Paths of the table that GitHub describes under another.
const DESCRIBED_AS: [(&str, &str); 4] = [
    ("/repos/{}/{}/contents", "/repos/{}/{}/contents/{}"),
    ("/repos/{}/{}/git/matching-refs/", "/repos/{}/{}/git/matching-refs/{}"),
    ("/repos/{}/{}/statuses/{}", "/repos/{}/{}/commits/{}/statuses"),
    ("/repos/{}/{}/stats/{}", "/repos/{}/{}/stats/contributors"),
];

/// Fields that GitHub shows only to who asked, as its description calls them.
const OF_WHO_ASKED: [&str; 24] = [
    "permissions",
    "role_name",
    "security_and_analysis",
    "allow_auto_merge",
    "allow_merge_commit",
    "allow_rebase_merge",
    "allow_squash_merge",
    "allow_update_branch",
    "delete_branch_on_merge",
    "merge_commit_message",
    "merge_commit_title",
    "squash_merge_commit_message",
    "squash_merge_commit_title",
    "use_squash_pr_title_as_default",
    "notification_email",
    "private_gists",
    "total_private_repos",
    "owned_private_repos",
    "disk_usage",
    "collaborators",
    "two_factor_authentication",
    "business_plus",
    "ldap_dn",
    "plan",
];
const TOKENS: [&str; 4] = ["temp_clone_token", "token", "client_secret", "registration_token"];
/// Members that go alone, not with what they are in.
const DETACHED: [&str; 5] = ["head_repository", "parent", "source", "template_repository", "fork_of"];

/// `SplitMix64`: a seed on a failure's line makes the same body again.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// JSON whose scalars and keys are text as it is written.
#[derive(Clone)]
enum Json {
    Raw(String),
    List(Vec<Json>),
    Fields(Vec<(String, Json)>),
    /// JSON that users wrote: nothing is planted into it, and all of it stays.
    Free(Box<Json>),
}

/// A route of the table and the schema of its 200.
pub(super) struct Described {
    pub(super) row: &'static RouteRow,
    schema: &'static Value,
}

/// One body.
pub(super) struct Body {
    /// As GitHub sends it.
    pub(super) sent: String,
    /// As everybody may see it.
    pub(super) public: String,
    /// How many things were planted.
    pub(super) planted: usize,
}

fn description() -> &'static Value {
    static DESCRIPTION_ONCE: OnceLock<Value> = OnceLock::new();
    DESCRIPTION_ONCE.get_or_init(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(DESCRIPTION);
        serde_json::from_slice(&std::fs::read(path).expect("run `npm ci` first")).unwrap()
    })
}

fn resolve(value: &'static Value) -> &'static Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => resolve(description().pointer(&reference[1..]).unwrap()),
        None => value,
    }
}

fn nameless(pattern: &str) -> String {
    let segments = pattern.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

/// Every route of the table that answers JSON.
pub(super) fn described() -> Vec<Described> {
    let paths = description()["paths"].as_object().unwrap();
    let by_name: std::collections::BTreeMap<_, _> = paths
        .iter()
        .filter(|(_, path)| path.get("get").is_some())
        .map(|(name, path)| (nameless(name), path))
        .collect();
    let served = ROUTES.iter().filter(|row| !matches!(row.holds, Holds::Nothing | Holds::Bytes));
    let with_schema = served.filter_map(|row| {
        let name = nameless(row.pattern);
        let name =
            DESCRIBED_AS.iter().find(|(ours, _)| *ours == name).map_or(name.as_str(), |(_, theirs)| theirs);
        let path = by_name.get(name).unwrap_or_else(|| panic!("GitHub does not describe {}", row.pattern));
        let answer = resolve(path["get"]["responses"].get("200")?);
        Some(Described { row, schema: &answer["content"].get("application/json")?["schema"] })
    });
    with_schema.collect()
}

/// Makes one body of a route.
pub(super) fn body(of: &Described, random: &mut Random) -> Body {
    let mut maker = Maker { random, budget: 40, deployments: of.row.holds == Holds::Deployments };
    let mut public = maker.value(of.schema, "", 0);
    if matches!(public, Json::Raw(_)) {
        public = Json::Fields(Vec::new());
    }
    let style = *random.pick(&[Style::Compact, Style::Spaced, Style::Pretty]);
    let mut sent = public.clone();
    let mut planted = 0;
    let is_open = of.row.holds != Holds::Names;
    for _ in 0..if is_open { 1 + random.below(4) } else { 0 } {
        planted += usize::from(plant(&mut sent, &mut public, style, random));
    }
    Body { sent: text(&sent, style), public: text(&public, style), planted }
}

struct Maker<'a> {
    random: &'a mut Random,
    /// How many more values there may be.
    budget: usize,
    deployments: bool,
}

impl Maker<'_> {
    fn value(&mut self, schema: &'static Value, key: &str, depth: usize) -> Json {
        let schema = resolve(schema);
        self.budget = self.budget.saturating_sub(1);
        if schema["nullable"] == true && depth > 0 && self.random.chance(15) {
            return Json::Raw("null".to_owned());
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(options) = schema.get(choice).and_then(Value::as_array) {
                let option = self.random.pick(options);
                return self.value(option, key, depth);
            }
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            let mut fields: Vec<(String, Json)> = Vec::new();
            for part in parts {
                match self.value(part, key, depth) {
                    Json::Fields(more) => {
                        let new = more
                            .into_iter()
                            .filter(|(name, _)| fields.iter().all(|(known, _)| known != name));
                        let new: Vec<_> = new.collect();
                        fields.extend(new);
                    }
                    other => return other,
                }
            }
            return Json::Fields(fields);
        }
        match schema["type"].as_str() {
            Some("array") => {
                let least = usize::from(depth == 0);
                let length = if self.budget == 0 { 0 } else { least + self.random.below(3) };
                Json::List((0..length).map(|_| self.value(&schema["items"], key, depth + 1)).collect())
            }
            Some("object") => self.object(schema, key, depth),
            Some("integer") => {
                Json::Raw(self.random.pick(&["0", "1", "1347", "-7", "12345678901234567890123"]).to_string())
            }
            Some("number") => Json::Raw(
                self.random.pick(&["0", "1.0", "-0.0", "1e3", "2.50E-7", "9007199254740993"]).to_string(),
            ),
            Some("boolean") => Json::Raw(self.random.pick(&["true", "false"]).to_string()),
            _ => self.string(schema, key),
        }
    }

    fn object(&mut self, schema: &'static Value, key: &str, depth: usize) -> Json {
        let properties = schema.get("properties").and_then(Value::as_object);
        let mut fields = Vec::new();
        for (name, inner) in properties.into_iter().flatten() {
            let required =
                schema["required"].as_array().is_some_and(|required| required.iter().any(|it| it == name));
            let wanted = self.budget > 0 && (required || self.random.chance(40));
            if !wanted || is_left_out(name, schema, key) {
                continue;
            }
            let value = self.known(name, schema).unwrap_or_else(|| self.value(inner, name, depth + 1));
            fields.push((name.clone(), value));
        }
        // Of an issue that says nowhere whose it is nobody knows whether its parent is of the same
        // repository.
        if !fields.iter().any(|(name, _)| name == "repository_url") {
            fields.retain(|(name, _)| name != "parent_issue_url");
        }
        if let Some(inner) = schema.get("additionalProperties").filter(|inner| inner.is_object()) {
            for name in ["Rust", "C\\u002b\\u002b"].iter().take(self.random.below(3)) {
                fields.push(((*name).to_owned(), self.value(inner, name, depth + 1)));
            }
        }
        Json::Fields(fields)
    }

    /// Values that say of something that it is public.
    fn known(&mut self, name: &str, schema: &'static Value) -> Option<Json> {
        let word = match name {
            "private" => "false",
            "public" => "true",
            "draft" if schema["properties"].get("tag_name").is_some() => "false",
            "visibility" | "user_view_type" => "\"public\"",
            "privacy" => "\"closed\"",
            "event" => "\"labeled\"",
            "state" => *self.random.pick(&["\"open\"", "\"closed\"", "\"APPROVED\"", "\"success\""]),
            "total_count" => *self.random.pick(&["9", "10", "107"]),
            "commit_url" | "repository_url" | "parent_issue_url" => {
                "\"https:\\/\\/api.github.com\\/repos\\/acme\\/rocket\\/x\""
            }
            "url" => "\"https://api.github.com/repos/acme/rocket/x/1\"",
            "payload" if self.deployments => return Some(self.free()),
            "custom_properties" => return Some(self.free()),
            "files" if schema["properties"].get("git_pull_url").is_some() => return Some(self.free()),
            _ => return None,
        };
        Some(Json::Raw(word.to_owned()))
    }

    /// What a user may have written.
    fn free(&mut self) -> Json {
        let options = [
            r#"{"full_name":"theirs/own","private":true,"token":"theirs","draft":true,"tag_name":"x"}"#,
            r#"{"secret":{"repository":{"full_name":"a/b","private":true}},"n":1.00,"state":"PENDING"}"#,
            r#"{"temp_clone_token":null,"plan":[{"privacy":"secret"}],"\u0070rivate":"true"}"#,
        ];
        Json::Free(Box::new(Json::Raw((*self.random.pick(&options)).to_owned())))
    }

    fn string(&mut self, schema: &'static Value, key: &str) -> Json {
        if let Some(options) = schema.get("enum").and_then(Value::as_array) {
            return Json::Raw(self.random.pick(options).to_string());
        }
        if schema["format"] == "uri" || key.ends_with("_url") {
            return Json::Raw(format!("\"https://api.github.com/x/{key}{{/sha}}\""));
        }
        let options = [
            "\"\"",
            "\"x\"",
            "\"\\u2028\\ud83d\\ude80 \\/ \\\\ \\\"private\\\":true\"",
            "\"{\\\"full_name\\\":\\\"a/b\\\",\\\"private\\\":true}\"",
            "\"🚀 ünï\\t\"",
            "\"],}{[\"",
        ];
        Json::Raw((*self.random.pick(&options)).to_owned())
    }
}

/// What a public answer does not have.
fn is_left_out(name: &str, schema: &'static Value, key: &str) -> bool {
    let has = |field: &str| schema["properties"].get(field).is_some();
    let is_repository = has("full_name") || has("private") || ["repo", "parent", "source"].contains(&key);
    TOKENS.contains(&name)
        || OF_WHO_ASKED.contains(&name) && (is_repository || has("login"))
        || name == "project_card"
}

/// A way to a container, by the indices of members and items.
type Way = Vec<usize>;

/// Plants one kind of thing at a place; whether it has room for it.
type Plant = fn(&mut Json, &mut Json, &Place, &mut Random) -> bool;

/// Plants one thing; whether there was a place for it.
fn plant(sent: &mut Json, public: &mut Json, style: Style, random: &mut Random) -> bool {
    let mut places = Vec::new();
    find(sent, &mut Vec::new(), false, &mut places);
    let plants: [Plant; 6] = [plant_item, plant_copy, plant_field, plant_token, plant_rights, plant_head];
    // Not every place has room for everything.
    (0..20).any(|_| {
        if places.is_empty() {
            return false;
        }
        let place = random.pick(&places);
        let roomy = style == Style::Compact || !at(sent, &place.way).is_empty();
        roomy && random.pick(&plants)(sent, public, place, random)
    })
}

/// A container in the body.
struct Place {
    way: Way,
    is_list: bool,
    /// Whether a list is around it.
    in_list: bool,
}

impl Place {
    /// The keys of the members on the way.
    fn keys<'a>(&self, mut json: &'a Json) -> Vec<&'a str> {
        let mut keys = Vec::new();
        for index in &self.way {
            if let Json::Fields(fields) = json {
                keys.push(fields[*index].0.as_str());
            }
            json = at(json, &[*index]);
        }
        keys
    }
}

fn find(json: &Json, way: &mut Way, in_list: bool, places: &mut Vec<Place>) {
    let array = matches!(json, Json::List(_));
    if matches!(json, Json::Raw(_) | Json::Free(_)) {
        return;
    }
    places.push(Place { way: way.clone(), is_list: array, in_list });
    let mut inner = |index: usize, json: &Json| {
        way.push(index);
        find(json, way, in_list || array, places);
        way.pop();
    };
    match json {
        Json::Raw(_) | Json::Free(_) => {}
        Json::List(items) => items.iter().enumerate().for_each(|(index, item)| inner(index, item)),
        Json::Fields(fields) => fields.iter().enumerate().for_each(|(index, (_, value))| inner(index, value)),
    }
}

impl Json {
    fn is_empty(&self) -> bool {
        match self {
            Json::List(items) => items.is_empty(),
            Json::Fields(fields) => fields.is_empty(),
            Json::Raw(_) | Json::Free(_) => true,
        }
    }

    fn has(&self, key: &str) -> bool {
        matches!(self, Json::Fields(fields) if fields.iter().any(|(known, _)| known == key))
    }
}

fn at<'a>(json: &'a Json, way: &[usize]) -> &'a Json {
    way.iter().fold(json, |json, index| match json {
        Json::List(items) => &items[*index],
        Json::Fields(fields) => &fields[*index].1,
        Json::Raw(_) | Json::Free(_) => unreachable!(),
    })
}

fn at_mut<'a>(json: &'a mut Json, way: &[usize]) -> &'a mut Json {
    way.iter().fold(json, |json, index| match json {
        Json::List(items) => &mut items[*index],
        Json::Fields(fields) => &mut fields[*index].1,
        Json::Raw(_) | Json::Free(_) => unreachable!(),
    })
}

/// Something private, as it can stand anywhere.
fn private(random: &mut Random) -> Json {
    let repository = [
        format!(r#"{{"id":7,"full_name":"acme/secret","private":true,"description":"{CANARY}"}}"#),
        format!(r#"{{"pr\u0069vate":true,"description":"{CANARY}","full_name":"acme/secret"}}"#),
        format!(r#"{{"visibility":"internal","full_name":"acme/{CANARY}"}}"#),
        format!(r#"{{"isPrivate":true,"nameWithOwner":"acme/{CANARY}"}}"#),
        format!(r#"{{"full_name":"acme/{CANARY}","private":null,"owner":{{"login":"acme"}}}}"#),
    ];
    let others = [
        format!(r#"{{"id":1,"title":"{CANARY}","repository":{}}}"#, repository[random.below(5)]),
        format!(r#"{{"id":1,"type":"PushEvent","actor":{{}},"public":false,"payload":{{"x":"{CANARY}"}}}}"#),
        format!(r#"{{"id":1,"slug":"{CANARY}","privacy":"secret"}}"#),
        format!(r#"{{"tag_name":"{CANARY}","draft":true}}"#),
        format!(r#"{{"id":1,"state":"PENDING","body":"{CANARY}"}}"#),
        format!(
            r#"{{"name":"{CANARY}","browser_download_url":"https://github.com/a/b/releases/download/untagged-1/x"}}"#
        ),
    ];
    let all: Vec<&String> = repository.iter().chain(&others).collect();
    Json::Raw((*random.pick(&all)).clone())
}

/// An item of a list. A total beside the list counts it.
fn plant_item(sent: &mut Json, _: &mut Json, place: &Place, random: &mut Random) -> bool {
    let item = private(random);
    insert_item(sent, place, item, random)
}

/// A copy of an item, with something private somewhere in it.
fn plant_copy(sent: &mut Json, _: &mut Json, place: &Place, random: &mut Random) -> bool {
    let Json::List(items) = at(sent, &place.way) else { return false };
    if items.is_empty() {
        return false;
    }
    let mut copy = random.pick(items).clone();
    let mut inner = Vec::new();
    find(&copy, &mut Vec::new(), false, &mut inner);
    inner.retain(|inner| !inner.is_list && !inner.in_list);
    if inner.is_empty() {
        return false;
    }
    let holder = random.pick(&inner);
    if holder.keys(&copy).iter().any(|key| DETACHED.contains(key) || *key == "repo") {
        return false;
    }
    let field = private(random);
    insert_field(&mut copy, &holder.way, "planted", field, random);
    insert_item(sent, place, copy, random)
}

fn insert_item(sent: &mut Json, place: &Place, item: Json, random: &mut Random) -> bool {
    let Json::List(items) = at_mut(sent, &place.way) else { return false };
    let index = random.below(items.len() + 1);
    items.insert(index, item);
    if let Some((_, holder)) = place.way.split_last()
        && let Json::Fields(fields) = at_mut(sent, holder)
        && let Some((_, Json::Raw(total))) = fields.iter_mut().find(|(key, _)| key == "total_count")
    {
        *total = (total.parse::<u64>().unwrap() + 1).to_string();
    }
    true
}

fn insert_field(sent: &mut Json, way: &[usize], key: &str, value: Json, random: &mut Random) -> bool {
    let Json::Fields(fields) = at_mut(sent, way) else { return false };
    if fields.iter().any(|(known, _)| known == key) {
        return false;
    }
    let index = random.below(fields.len() + 1);
    fields.insert(index, (key.to_owned(), value));
    true
}

/// A member that shows something private, where there is no list around it that it would take with
/// it.
fn plant_field(sent: &mut Json, _: &mut Json, place: &Place, random: &mut Random) -> bool {
    let value = private(random);
    !place.in_list && !place.is_list && insert_field(sent, &place.way, "planted", value, random)
}

fn plant_token(sent: &mut Json, _: &mut Json, place: &Place, random: &mut Random) -> bool {
    let (key, value) = (*random.pick(&TOKENS), Json::Raw(format!("\"{CANARY}\"")));
    insert_field(sent, &place.way, key, value, random)
}

/// What GitHub says of a repository or an account to who asked.
fn plant_rights(sent: &mut Json, _: &mut Json, place: &Place, random: &mut Random) -> bool {
    let holder = at(sent, &place.way);
    let keys = match (holder.has("full_name"), holder.has("login")) {
        (true, _) => &OF_WHO_ASKED[..14],
        (_, true) => &OF_WHO_ASKED[14..],
        _ => return false,
    };
    let key = *random.pick(keys);
    let value = Json::Raw(format!(r#"{{"admin":["{CANARY}",1.0]}}"#));
    insert_field(sent, &place.way, key, value, random)
}

/// A pull request from a private fork: GitHub says `null` to who may not see the fork.
fn plant_head(sent: &mut Json, public: &mut Json, place: &Place, _: &mut Random) -> bool {
    let is_head = !place.is_list && place.keys(sent).last() == Some(&"head");
    // Only while both bodies are the same may both be changed at one place.
    if !is_head || text(sent, Style::Compact) != text(public, Style::Compact) {
        return false;
    }
    let Json::Fields(fields) = at(sent, &place.way) else { return false };
    let Some(index) = fields.iter().position(|(key, _)| key == "repo") else { return false };
    let way: Way = place.way.iter().copied().chain([index]).collect();
    *at_mut(public, &way) = Json::Raw("null".to_owned());
    let fork = format!(r#"{{"full_name":"mona/fork","private":true,"description":"{CANARY}"}}"#);
    *at_mut(sent, &way) = Json::Raw(fork);
    true
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Style {
    Compact,
    Spaced,
    Pretty,
}

fn text(json: &Json, style: Style) -> String {
    let mut text = String::new();
    write(json, style, 0, &mut text);
    text
}

fn write(json: &Json, style: Style, depth: usize, text: &mut String) {
    match json {
        Json::Raw(raw) => text.push_str(raw),
        Json::Free(free) => write(free, style, depth, text),
        Json::List(items) => {
            write_all(items, style, depth, "[]", text, |item, text| write(item, style, depth + 1, text));
        }
        Json::Fields(fields) => write_all(fields, style, depth, "{}", text, |(key, value), text| {
            let colon = if style == Style::Compact { ":" } else { ": " };
            let _ = write!(text, "\"{key}\"{colon}");
            write(value, style, depth + 1, text);
        }),
    }
}

fn write_all<T>(
    all: &[T],
    style: Style,
    depth: usize,
    ends: &str,
    text: &mut String,
    mut one: impl FnMut(&T, &mut String),
) {
    let (begin, end) = ends.split_at(1);
    text.push_str(begin);
    for (index, element) in all.iter().enumerate() {
        text.push_str(if index > 0 { "," } else { "" });
        match style {
            Style::Compact => {}
            Style::Spaced => text.push_str(if index > 0 { " " } else { "" }),
            Style::Pretty => new_line(depth + 1, text),
        }
        one(element, text);
    }
    if style == Style::Pretty && !all.is_empty() {
        new_line(depth, text);
    }
    text.push_str(end);
}

fn new_line(depth: usize, text: &mut String) {
    text.push('\n');
    text.extend(std::iter::repeat_n("  ", depth));
}
