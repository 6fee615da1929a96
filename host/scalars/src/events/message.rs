//! The messages of an event file, as far as they concern scalars (TensorFlow's `event.proto`,
//! `summary.proto`, `tensor.proto`, `tensor_shape.proto`).

use prost::{Message, Oneof};

#[derive(Clone, PartialEq, Message)]
pub(super) struct Event {
    #[prost(int64, tag = "2")]
    pub(super) step: i64,
    #[prost(string, optional, tag = "3")]
    pub(super) file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    pub(super) summary: Option<Summary>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Summary {
    #[prost(message, repeated, tag = "1")]
    pub(super) value: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Value {
    #[prost(string, tag = "1")]
    pub(super) tag: String,
    #[prost(oneof = "Number", tags = "2, 8")]
    pub(super) number: Option<Number>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(super) enum Number {
    #[prost(float, tag = "2")]
    Simple(f32),
    /// Rare, and many times as large as the other.
    #[prost(message, boxed, tag = "8")]
    Tensor(Box<Tensor>),
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Tensor {
    #[prost(int32, tag = "1")]
    dtype: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<Shape>,
    #[prost(bytes = "vec", tag = "4")]
    content: Vec<u8>,
    #[prost(float, repeated, tag = "5")]
    floats: Vec<f32>,
    #[prost(double, repeated, tag = "6")]
    doubles: Vec<f64>,
}

#[derive(Clone, PartialEq, Message)]
struct Shape {
    #[prost(message, repeated, tag = "2")]
    dimensions: Vec<Dimension>,
}

#[derive(Clone, PartialEq, Message)]
struct Dimension {
    #[prost(int64, tag = "1")]
    size: i64,
}

/// `DT_FLOAT` and `DT_DOUBLE`.
const FLOAT: i32 = 1;
const DOUBLE: i32 = 2;

impl Number {
    /// The number, unless it is a tensor that holds anything else than one 32 or 64 bit float.
    pub(super) fn value(&self) -> Option<f64> {
        match self {
            Number::Simple(value) => Some(f64::from(*value)),
            Number::Tensor(tensor) => tensor.value(),
        }
    }
}

impl Tensor {
    fn value(&self) -> Option<f64> {
        let dimensions = self.shape.iter().flat_map(|shape| &shape.dimensions);
        if dimensions.into_iter().any(|dimension| dimension.size != 1) {
            return None;
        }
        let (floats, doubles) = (only(&self.floats), only(&self.doubles));
        one_float(self.dtype, &self.content, floats, doubles)
    }
}

fn only<T: Copy>(numbers: &[T]) -> Option<T> {
    if let [number] = numbers { Some(*number) } else { None }
}

/// The number of a tensor of one element: its bytes, or itself if it is the only one of the list of
/// its kind.
pub(super) fn one_float(
    dtype: i32,
    content: &[u8],
    float: Option<f32>,
    double: Option<f64>,
) -> Option<f64> {
    match (dtype, content) {
        (FLOAT, []) => float.map(f64::from),
        (DOUBLE, []) => double,
        (FLOAT, _) => Some(f64::from(f32::from_le_bytes(content.try_into().ok()?))),
        (DOUBLE, _) => Some(f64::from_le_bytes(content.try_into().ok()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(dtype: i32, sizes: &[i64]) -> Tensor {
        let dimensions = sizes.iter().map(|size| Dimension { size: *size }).collect();
        Tensor { dtype, shape: Some(Shape { dimensions }), ..Tensor::default() }
    }

    #[test]
    fn tensors_of_one_float() {
        let float = Tensor { floats: vec![1.5], ..tensor(FLOAT, &[]) };
        assert_eq!(float.value(), Some(1.5));
        assert_eq!(Tensor { shape: None, ..float.clone() }.value(), Some(1.5));
        assert_eq!(Tensor { dtype: DOUBLE, ..float.clone() }.value(), None);
        let content = 2.5f64.to_le_bytes().to_vec();
        assert_eq!(Tensor { content, ..tensor(DOUBLE, &[1, 1]) }.value(), Some(2.5));
        let content = 2.5f32.to_le_bytes().to_vec();
        assert_eq!(Tensor { content: content.clone(), ..tensor(FLOAT, &[1]) }.value(), Some(2.5));
        assert_eq!(Tensor { content, ..tensor(DOUBLE, &[1]) }.value(), None);
        assert_eq!(Tensor { doubles: vec![0.1], ..tensor(DOUBLE, &[]) }.value(), Some(0.1));
    }

    #[test]
    fn other_tensors_are_none() {
        for (dtype, sizes, floats) in [
            (FLOAT, &[2][..], vec![1.0, 2.0]),
            (FLOAT, &[2], vec![1.0]),
            (FLOAT, &[0], vec![]),
            (FLOAT, &[], vec![]),
            (FLOAT, &[-1], vec![1.0]),
            (FLOAT, &[i64::MAX, i64::MAX], vec![1.0]),
            (3, &[], vec![1.0]),
        ] {
            assert_eq!(Tensor { floats, ..tensor(dtype, sizes) }.value(), None);
        }
    }
}
