import { expect, test } from "vitest";

import { asSentence } from "./format.ts";

test.each([
  ["the workflow is not here", "The workflow is not here."],
  ["no runs, yet", "No runs, yet."],
  ["order-gate has no version", "order-gate has no version."],
  ["content-type must be given", "content-type must be given."],
  ["x_y is unknown", "x_y is unknown."],
  ["Already one.", "Already one."],
  ["what now?", "What now?"],
  ['"a" is missing', '"a" is missing.'],
  ["  ", ""],
])("%j becomes the sentence %j", (text, expected) => expect(asSentence(text)).toBe(expected));
