// The frozen containers: what must open does, what must be refused is, with the error and at the step that are due.

import assert from "node:assert/strict";
import { test } from "node:test";

import { b64u } from "../../server/web/js/bytes.js";
import { containerOf, contentOf, isForUs, load, run } from "./vectors.mjs";

// Those that need ML-KEM or a person's earlier keys are left out: the page has neither.
const OPENED = 52;
const REFUSED = { FormatError: 160, WrongKey: 23, BadSignature: 2, Altered: 55, Truncated: 28 };

test("containers that must open: content, sender and metadata are the expected ones", async () => {
  const { vectors } = load("opens.json");
  let ran = 0;
  for (const vector of vectors) {
    for (const opener of vector.open_with) {
      const trial = {};
      try {
        await run(containerOf(vector), opener, trial);
      } catch (error) {
        if (!opener.link_key && trial.grants?.some((grant) => grant.type.startsWith("mlkem"))) continue;
        if (opener.reader) continue;
        throw new Error(`${vector.name}: ${error.stack}`);
      }
      assert.deepEqual(trial.content, contentOf(vector.expect), vector.name);
      const { sender } = trial.opened.manifest;
      assert.equal(sender && b64u(sender), vector.expect.sender, vector.name);
      assert.equal(trial.opened.signature, sender ? "signed" : "unsigned", vector.name);
      for (const [key, value] of Object.entries(vector.expect.metadata ?? {})) {
        const name = key.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
        assert.equal(trial.opened.metadata[name], value, vector.name);
      }
      ran++;
    }
  }
  assert.ok(ran >= OPENED, `only ${ran} were tried`);
});

test("containers that must be refused: the very error, at the very step, and nothing that was not sealed", async () => {
  const { vectors, bases } = load("refused.json");
  const ran = {};
  for (const vector of vectors) {
    const trial = {};
    let caught = null;
    try {
      await run(containerOf(vector, bases), vector.open_with[0], trial);
    } catch (error) {
      caught = error;
    }
    if (trial.grants && !isForUs(vector, trial)) continue;
    const { error, at } = vector.expect;
    assert.deepEqual([caught?.name, trial.at], [error, at], `${vector.name}: ${caught?.stack}`);
    if (trial.opened && trial.content) assert.ok(trial.content.length <= trial.opened.metadata.size, vector.name);
    ran[error] = (ran[error] ?? 0) + 1;
  }
  for (const [error, count] of Object.entries(REFUSED)) assert.ok(ran[error] >= count, JSON.stringify(ran));
});

