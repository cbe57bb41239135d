//! What Java and its libraries do where one would not guess it.

use super::check;

#[test]
fn patterns_go_on_right_after_a_match() {
    for (text, expected) in [
        ("{('hello'.replaceAll('.*','X'))}", "\"XX\" String"),
        ("{('xa'.replaceAll('x*','-'))}", "\"--a-\" String"),
        ("{('hello'.replaceFirst('x*','-'))}", "\"-hello\" String"),
        ("{('xxaxx'.split('x*'))}", r#"["","","a"] String[]"#),
        ("{('abc'.split('x*',-1))}", r#"["a","b","c",""] String[]"#),
        ("{('abc'.split('x*',2))}", r#"["a","bc"] String[]"#),
        ("{('😀a'.split(''))}", "Unsupported"),
        ("{('😀a'.replace('','-'))}", "Unsupported"),
    ] {
        check(text, expected);
    }
}

#[test]
fn texts() {
    for (text, expected) in [
        ("{('a,b,a,b'.lastIndexOf('a',3))}", "0 Integer"),
        ("{('abcabc'.lastIndexOf(98,3))}", "1 Integer"),
        ("{('abc'.lastIndexOf('',9))}", "3 Integer"),
        ("{('abcabc'.lastIndexOf('b',-1))}", "-1 Integer"),
        ("{(T(String).format('%.2f', null))}", "\"nu\" String"),
        ("{(T(String).format('%X', null))}", "\"NULL\" String"),
        ("{(T(String).format('%z', null))}", "Evaluation"),
        ("{(T(String).format('%.3f', -467571.167f))}", "\"-467571.156\" String"),
        ("{('a'.format({}, 'b'))}", "Evaluation"),
        ("{(T(java.util.List).toString())}", "\"interface java.util.List\" String"),
        (
            "{(new java.math.BigDecimal('1.255').setScale(2, T(java.math.RoundingMode).HALF_UP))}",
            "\"1.26\" BigDecimal",
        ),
        (
            "{(new java.math.BigDecimal('-1.5').setScale(0, T(java.math.RoundingMode).CEILING))}",
            "\"-1\" BigDecimal",
        ),
        (
            "{(new java.math.BigDecimal('2.5').setScale(0, T(java.math.RoundingMode).HALF_EVEN))}",
            "\"2\" BigDecimal",
        ),
        ("{(new java.math.BigDecimal('1.5').setScale(3))}", "\"1.500\" BigDecimal"),
        ("{(new java.math.BigDecimal('1.5').setScale(0))}", "Evaluation"),
        ("{(T(Math).log10(1000))}", "3.0 Double"),
        ("{(T(Math).log10(651.5))}", "Unsupported"),
    ] {
        check(text, expected);
    }
}

#[test]
fn collections() {
    for (text, expected) in [
        ("{('a' instanceof T(String[]))}", "false Boolean"),
        ("{('a b'.split(' ') instanceof T(String[]))}", "Unsupported"),
        ("{('a b'.split(' ').![#this == 'a' ? 1 : 'x'])}", "Unsupported"),
        ("{#properties.getOrDefault('none', 1)}", "Evaluation"),
        ("{#properties.getOrDefault('none', 'x')}", "\"x\" String"),
    ] {
        check(text, expected);
    }
}

#[test]
fn lists_of_json_path_are_written_as_json() {
    for (text, expected) in [
        (
            "{#jsonPath('[1, \"a/b\", null, 2.50]', '$').toString()}",
            r#""[1,\"a\\/b\",null,2.5]" String"#,
        ),
        ("{#jsonPath('[\"a\"]', '$[*]').toString()}", r#""[\"a\"]" String"#),
        ("{('x' + #jsonPath('[1, 2]', '$'))}", "\"x1,2\" String"),
        ("{(#jsonPath('[1, 2]', '$') == {1, 2})}", "true Boolean"),
        ("{({1, 2}.toString())}", "\"[1, 2]\" String"),
        ("{#jsonPath('[-]', '$')}", "[0] List"),
        ("{#jsonPath('null', '$')}", "Evaluation"),
        ("{#jsonPath('[1]', '.min()')}", "Evaluation"),
        ("{#jsonPath('[1]', '$..[0].size()')}", "0 Integer"),
        ("{#jsonPath('[[3, 4], 1]', '$..*.max().length()')}", "4.0 Double"),
        ("{#jsonPath('{\"a\": 1}', '$.sum(.keys().a.index(-1))')}", "Evaluation"),
    ] {
        check(text, expected);
    }
}
