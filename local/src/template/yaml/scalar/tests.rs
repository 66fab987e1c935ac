//! The table of scalars: the examples of the type repository of YAML 1.1, and what templates hold.

use super::*;

/// F: CloudFormation reads YAML 1.1. `null`, `bool`, `int` and `float` of yaml.org/type with their own examples; what
/// is no example of theirs is something that a template may hold.
#[test]
fn a_scalar_without_quotes_means_what_it_does_in_yaml_1_1() {
    for (scalars, expected) in [
        (&["", "~", "null", "Null", "NULL"][..], Value::Null),
        (&["yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"], json!(true)),
        (&["no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"], json!(false)),
        // The canonical, decimal, octal, hexadecimal, binary and sexagesimal 685230 of the repository.
        (&["685230", "+685_230", "02472256", "0x_0A_74_AE", "0b1010_0111_0100_1010_1110", "190:20:30"], json!(685_230)),
        // The same number as a fraction: canonical, exponential, fixed and sexagesimal.
        (&["6.8523015e+5", "685.230_15e+03", "685_230.15", "190:20:30.15"], json!(685_230.15)),
        (&["0", "+0", "-0", "00", "0x0", "0b0"], json!(0)),
        (&["0300", "0_300"], json!(192)),
        (&["-17", "-021", "-0x11", "-0b10001"], json!(-17)),
        (&["22:22"], json!(1_342)),
        (&["18446744073709551615"], json!(u64::MAX)),
        (&["1.10", "1.1", "+1.1", "1_.1"], json!(1.1)),
        (&["1.", "1.0"], json!(1.0)),
        (&[".5", "0.5"], json!(0.5)),
        (&["-.5", "-0.5"], json!(-0.5)),
    ] {
        for scalar in scalars {
            assert_eq!(value(scalar), expected, "{scalar}");
        }
    }
}

/// F: what means nothing in YAML 1.1 is text: also `y` and `n`, versions, addresses, dates, and numbers of YAML 1.2.
#[test]
fn every_other_scalar_is_text() {
    for text in [
        "y",
        "Y",
        "n",
        "N",
        "tRUE",
        "yES",
        "oN",
        "nil",
        "None",
        "nULL",
        "-",
        "+",
        ".",
        "_1",
        "=",
        "1,000",
        "0o17",
        "1e",
        // No octal number, and so the account number that it is.
        "012345678901",
        "08",
        "09",
        "0_8",
        "0b2",
        "0b",
        "0x",
        "0xg",
        "0b_",
        "1:60",
        "0:30",
        "24:61",
        "1:2:3:4:99",
        // Fractions of YAML 1.2: an exponent wants its point, and its sign.
        "1e5",
        "12345e67",
        "1.5e5",
        "1e+5",
        "1.2.3",
        "10.0.0.1",
        "::1",
        ".inf",
        "-.Inf",
        "+.INF",
        ".nan",
        ".NaN",
        "2010-09-09",
        "2012-10-17",
        "2001-12-14t21:59:43.10-05:00",
        "2001-12-14 21:59:43.10 -5",
        // No room in 64 bits.
        "123456789012345678901234567890",
        "-9223372036854775809",
        "$connect",
        "rate(1 day)",
        "arn:aws:iam::aws:policy/Some",
        "é",
    ] {
        assert_eq!(value(text), json!(text));
    }
}

/// F: scalars by which people mean something else.
#[test]
fn a_scalar_that_is_not_what_it_looks_like_is_known() {
    for (scalars, expected) in [
        (&["0300", "-021", "012345670123", "22:22", "190:20:30.15"][..], Some(Surprise::IsNumber)),
        (&["012345678901", "08", "-09", "1e5", "12345e67", "1.5e5", "1e+5"], Some(Surprise::MayBeNumber)),
        (&["0", "7", "-7", "0x0A", "1_000", "1.10", "yes", "~", "0o17", "2010-09-09", "e5", "x08", "10.0.0.1"], None),
    ] {
        for scalar in scalars {
            assert_eq!(surprise(scalar, &value(scalar)), expected, "{scalar}");
        }
    }
}
