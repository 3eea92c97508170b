// What follows from what, and Cobblestone-256 against its published vectors (Wycheproof).

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { inflateSync } from "node:zlib";

import { b64u, unb64u } from "../../server/web/js/bytes.js";
import { open, seal } from "../../server/web/js/cobblestone.js";
import { Altered } from "../../server/web/js/errors.js";
import { Geometry, padme, sealedLength } from "../../server/web/js/geometry.js";
import { FileKey, LinkKeys, linkId, parseFragment } from "../../server/web/js/keys.js";
import { load } from "./vectors.mjs";

test("Cobblestone-256: valid messages open, no bad one gives more than its genuine beginning", async () => {
  const ran = { valid: 0, invalid: 0 };
  for (const group of load("published/wycheproof_c2sp_chunked_encryption_aes_256_gcm_test.json").testGroups) {
    for (const each of group.tests) {
      const [key, context, packed] = [each.key, each.ctx, each.ct].map((hex) => new Uint8Array(Buffer.from(hex, "hex")));
      const sealed = new Uint8Array(inflateSync(packed));
      const opened = createHash("sha512");
      let [length, result] = [0, "valid"];
      try {
        for await (const piece of open(key, context, sealed)) {
          opened.update(piece);
          length += piece.length;
        }
      } catch (error) {
        assert.ok(error instanceof Altered, error);
        result = "invalid";
      }
      assert.equal(result, each.result, each.comment);
      if (result === "valid") assert.deepEqual([length, opened.digest("hex")], [each.msgLength, each.msgSha512]);
      else assert.ok(length <= (each.msgLength ?? 0), each.comment);
      ran[result]++;
    }
  }
  assert.deepEqual(ran, { valid: 10, invalid: 25 });
});

test("what is sealed opens again, at every border of a chunk, and never looks the same twice", async () => {
  const [key, context] = [crypto.getRandomValues(new Uint8Array(32)), new Uint8Array([1, 2])];
  for (const length of [0, 1, 16_383, 16_384, 16_385, 2 ** 20, 2 ** 20 + 1]) {
    const plain = new Uint8Array(length).fill(7);
    const sealed = await seal(key, context, plain);
    assert.equal(sealed.length, sealedLength(length));
    assert.notDeepEqual(sealed, await seal(key, context, plain));
    const pieces = [];
    for await (const piece of open(key, context, sealed)) pieces.push(piece);
    assert.deepEqual(Buffer.concat(pieces), Buffer.from(plain));
  }
});

test("keys, names and sizes follow as they do in Python", async () => {
  const ran = {};
  for (const { kind, given, result } of load("derivations.json").vectors) {
    if (kind.startsWith("file key: ")) {
      const key = new FileKey(unb64u(given.file_key, "file_key", 32));
      const name = { parts: "partsKey", metadata: "metadataKey", commitment: "commitment" }[kind.slice(10)];
      assert.equal(b64u(await key[name](given.file_id)), result);
    } else if (kind === "link") {
      const linkKey = unb64u(given.link_key, "link_key", 32);
      const keys = await LinkKeys.derive(linkKey, given.password);
      assert.deepEqual([b64u(keys.recipient), b64u(keys.access)], [result.recipient, result.access]);
      assert.equal(await linkId(linkKey), result.recipient);
      assert.deepEqual(parseFragment(result.fragment), { linkKey, needsPassword: given.password !== null });
    } else if (kind === "padme") {
      for (const [length, padded] of result.pairs ?? result) assert.equal(padme(length), padded);
    } else if (kind === "sealed sizes") {
      for (const [length, sealed] of result.pairs ?? result) assert.equal(sealedLength(length), sealed);
    } else continue;
    ran[kind] = (ran[kind] ?? 0) + 1;
  }
  assert.ok(ran.link >= 3 && ran.padme && ran["sealed sizes"] && ran["file key: parts"], JSON.stringify(ran));
});

test("bodies are cut where Python cuts them; sizes that no content seals to are refused", () => {
  for (const stored of [0, 1, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 5 * 2 ** 20 + 16_384]) {
    const geometry = new Geometry(2 ** 20, stored);
    assert.equal(Geometry.ofBody(2 ** 20, geometry.bodySize).storedSize, stored);
    for (const wrong of [geometry.bodySize - 17, 71]) {
      if (wrong !== geometry.bodySize && wrong < 72) assert.throws(() => Geometry.ofBody(2 ** 20, wrong), /FormatError/);
    }
  }
  assert.throws(() => Geometry.ofBody(2 ** 20, sealedLength(2 ** 20) + 72), /FormatError/);
  assert.throws(() => new Geometry(3 * 2 ** 20, 1), /FormatError/);
});
