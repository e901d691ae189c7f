//! JSON deserialization for the whole Worker.

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::de::SliceRead;

/// Deserializes a JSON text. Unlike `serde_json`, it accepts only an object for a top-level struct.
pub(crate) fn from_slice<'de, T: Deserialize<'de>>(text: &'de [u8]) -> serde_json::Result<T> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = T::deserialize(Top(&mut deserializer))?;
    deserializer.end()?;
    Ok(value)
}

/// `serde_json` also deserializes a struct from an array of its fields. No document here has that
/// form, and the code for it, one copy per struct, would add 35 KB to the upload.
struct Top<'a, 'de>(&'a mut serde_json::Deserializer<SliceRead<'de>>);

impl<'de> Deserializer<'de> for Top<'_, 'de> {
    type Error = serde_json::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> serde_json::Result<V::Value> {
        self.0.deserialize_map(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> serde_json::Result<V::Value> {
        self.0.deserialize_map(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> serde_json::Result<V::Value> {
        self.0.deserialize_seq(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> serde_json::Result<V::Value> {
        self.0.deserialize_option(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> serde_json::Result<V::Value> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> serde_json::Result<V::Value> {
        self.0.deserialize_newtype_struct(name, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> serde_json::Result<V::Value> {
        self.0.deserialize_ignored_any(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> serde_json::Result<V::Value> {
        self.0.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct tuple tuple_struct identifier
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::from_slice;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Point {
        x: i64,
        y: Option<String>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    enum Shape {
        None,
        One(Point),
    }

    #[test]
    fn a_struct_is_an_object_and_everything_else_is_as_in_serde_json() {
        let point = || Point { x: 1, y: None };
        assert_eq!(from_slice::<Point>(br#"{"x":1,"more":[]}"#).unwrap(), point());
        for bad in ["[1,null]", "{}", "1", "null", r#"{"x":1} 2"#, r#"{"x":1"#, ""] {
            assert!(from_slice::<Point>(bad.as_bytes()).is_err(), "{bad}");
        }
        assert_eq!(from_slice::<Option<Point>>(b"null").unwrap(), None);
        assert_eq!(from_slice::<Option<Point>>(br#"{"x":1}"#).unwrap(), Some(point()));
        assert_eq!(from_slice::<Vec<Point>>(br#"[{"x":1}]"#).unwrap(), [point()]);
        assert_eq!(from_slice::<Shape>(br#""None""#).unwrap(), Shape::None);
        assert_eq!(from_slice::<Shape>(br#"{"One":{"x":1}}"#).unwrap(), Shape::One(point()));
        assert_eq!(from_slice::<(i64, String)>(br#"[1,"a"]"#).unwrap(), (1, "a".to_owned()));
        assert_eq!(from_slice::<Value>(br#"{"a":[1]}"#).unwrap(), json!({"a": [1]}));
        assert!(from_slice::<()>(b"null").is_ok() && from_slice::<()>(b"1").is_err());
    }
}
