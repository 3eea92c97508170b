// JSON with one meaning or none, and base64url with one spelling.

import assert from "node:assert/strict";
import { test } from "node:test";

import { b64u, unb64u } from "../../server/web/js/bytes.js";
import { FormatError } from "../../server/web/js/errors.js";
import { integer, parse, parseObject, text } from "../../server/web/js/strict_json.js";

const read = (source) => parse(typeof source === "string" ? new TextEncoder().encode(source) : source, 1000);

test("what JSON.parse reads is read the same", () => {
  const sources = [
    "{}", "[]", " [ 1 , -2 , 0 ] ", '{"a":{"b":[null,true,false]}}', '"\\u00e9\\ud83d\\ude00\\n\\/"', '"ü"', "-0",
    '{"__proto__":1,"constructor":2}', "9007199254740991",
  ];
  for (const source of sources) assert.equal(JSON.stringify(read(source)), JSON.stringify(JSON.parse(source)), source);
  assert.equal(read('{"__proto__":1}').__proto__, 1);
});

test("documents with more or less than one meaning are refused", () => {
  const refused = [
    "", " ", "{", "[1,]", '{"a":1,}', "{a:1}", '{"a":1,"a":2}', '{"a":1,"\\u0061":2}', "01", "+1", "1.", ".5", "NaN",
    "Infinity", "-", "9007199254740992", "123456789012345678901", "1e999", '"\t"', '"\\x41"', '"\\u12g4"', '"a', "nul",
    "[] []", "\ufeff{}", "'a'", "[".repeat(33) + "]".repeat(33), `{"a":${"[".repeat(40)}`, "undefined", "{\u00a0}",
  ];
  for (const source of refused) assert.throws(() => read(source), FormatError, JSON.stringify(source));
  assert.throws(() => read(new Uint8Array([0x22, 0xff, 0x22])), FormatError);
  assert.throws(() => read(new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22])), FormatError);
  assert.throws(() => parse(new Uint8Array(11).fill(0x20), 10), FormatError);
  assert.throws(() => parseObject(new TextEncoder().encode("[]"), 10, "x"), FormatError);
});

test("32 levels are read, fractions are no integers, text is counted in characters and has no half ones", () => {
  read("[".repeat(32) + "]".repeat(32));
  const record = read('{"whole":3,"one":1.0,"exp":1e3,"text":"😀😀","half":"\\ud800","flag":true}');
  assert.equal(integer(record, "whole"), 3);
  for (const key of ["one", "exp", "flag", "none"]) assert.throws(() => integer(record, key), FormatError);
  assert.throws(() => integer(record, "whole", 4), FormatError);
  assert.equal(text(record, "text", 2), "😀😀");
  assert.throws(() => text(record, "text", 1), FormatError);
  assert.throws(() => text(record, "half", 9), FormatError);
});

test("base64url has one spelling", () => {
  for (const bytes of [[], [0], [255, 254], [1, 2, 3], Array(99).fill(7)]) {
    assert.deepEqual([...unb64u(b64u(Uint8Array.from(bytes)), "x")], bytes);
  }
  for (const wrong of ["A", "AB", "AAA=", "+/==", "AA A", "é", null, 5]) {
    assert.throws(() => unb64u(wrong, "x"), FormatError, String(wrong));
  }
  assert.throws(() => unb64u("AAAA", "x", 4), FormatError);
});
