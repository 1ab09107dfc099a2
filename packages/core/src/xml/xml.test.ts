import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../json.ts";
import { parseJsonInput } from "../json-input.ts";
import { readXml } from "./read-xml.ts";
import { writeXml } from "./write-xml.ts";
import { XmlFault } from "./xml-fault.ts";

const read = (text: string, ...lists: string[]): Json => readXml(text, new Set(lists));

describe("readXml", () => {
  it.each<[what: string, xml: string, json: unknown]>([
    ["an element with text", "<a>x</a>", { a: "x" }],
    ["an empty element", "<a/>", { a: "" }],
    ["digits as they are", "<a><n>007</n><n>1.50</n></a>", { a: { n: ["007", "1.50"] } }],
    ["white space in text", "<a> x \n</a>", { a: " x \n" }],
    ["white space between elements, which is left out", "<a>\n  <b/>\n</a>", { a: { b: "" } }],
    ["text beside elements", "<a>one <b>two</b> three</a>", { a: { b: "two", "#text": "one  three" } }],
    ["attributes, in their order", '<a z="1" b="&lt;2&gt;"/>', { a: { "@z": "1", "@b": "<2>" } }],
    ["attributes and text", '<a b="1">x</a>', { a: { "@b": "1", "#text": "x" } }],
    ["CDATA", "<a><![CDATA[<b> & ]]>c</a>", { a: "<b> & c" }],
    ["namespaces", '<p:a xmlns:p="urn:x"><p:b/></p:a>', { "p:a": { "@xmlns:p": "urn:x", "p:b": "" } }],
    ["comments and instructions, which are left out", "<?x y?><a><!-- <b> --><?p q?>t</a>", { a: "t" }],
    ["a tag that only looks closed", '<a><b c="/>">x</b></a>', { a: { b: { "@c": "/>", "#text": "x" } } }],
    [
      "names that mean something in JavaScript",
      "<__proto__><constructor/></__proto__>",
      { ["__proto__"]: { constructor: "" } },
    ],
  ])("reads %s", (_what, xml, json) => {
    expect(JSON.stringify(read(xml))).toBe(JSON.stringify(json));
  });

  it("makes a list of an element that comes once, where asked to", () => {
    expect(read("<a><b/><c/></a>", "b")).toEqual({ a: { b: [""], c: "" } });
  });

  it.each<[what: string, xml: string, message: RegExp]>([
    ["nothing", "", /Root element is missing/],
    ["a tag that is not closed", "<a>\n<b></a>", /Missing end tag for element b \(line 2, column \d+\)/],
    ["an entity that nobody defined", "<a>&x;</a>", /&x;/],
    ["two roots", "<a/><b/>", /Extra content/],
    ["a document type", "<!DOCTYPE a><a/>", /document type, which is refused \(offset 0\)/],
    [
      "a document type behind a comment",
      '<!-- x --><!DOCTYPE a [<!ENTITY b "c">]><a/>',
      /document type.*\(offset 10\)/,
    ],
    ["65 levels", `${"<a>".repeat(65)}${"</a>".repeat(65)}`, /deeper than 64 levels/],
    ["65 levels that look closed", `${'<a b="/>">'.repeat(65)}${"</a>".repeat(65)}`, /deeper than 64 levels/],
    ["too many elements", `<a>${"<b/>".repeat(100_000)}</a>`, /more than 100000 elements/],
  ])("refuses %s", (_what, xml, message) => {
    expect(() => read(xml)).toThrow(XmlFault);
    expect(() => read(xml)).toThrow(message);
  });

  it("ends for any text, with a value or with a fault", () => {
    const pieces = fc.constantFrom(
      "<a>",
      "</a>",
      "<b c='",
      "'/>",
      "<!--",
      "-->",
      "<![CDATA[",
      "]]>",
      "<?p",
      "?>",
      "&lt;",
      "&",
      ">",
      '"',
      "x",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
        try {
          read(parts.join(""));
        } catch (error) {
          expect(error).toBeInstanceOf(XmlFault);
        }
      }),
    );
  });
});

describe("writeXml", () => {
  const HEAD = '<?xml version="1.0" encoding="UTF-8"?>';

  it.each<[what: string, json: Json, xml: string]>([
    ["text", { a: "x < y & z" }, "<a>x &lt; y &amp; z</a>"],
    ["nothing", { a: null }, "<a/>"],
    ["attributes, also where they come last", { a: { b: "c", "@d": '"\n' } }, '<a d="&quot;&#10;"><b>c</b></a>'],
    ["an attribute without a value", { a: { "@d": null } }, "<a/>"],
    ["lists", { a: { b: [1, true, null], c: [] } }, "<a><b>1</b><b>true</b><b/></a>"],
    ["text beside elements, where the object has it", { a: { "#text": "t", b: "" } }, "<a>t<b/></a>"],
    [
      "digits of a number that a double cannot hold",
      parseJsonInput('{"a": 12345678901234567890.5}'),
      "<a>12345678901234567890.5</a>",
    ],
  ])("writes %s", (_what, json, xml) => {
    expect(writeXml(json)).toBe(HEAD + xml);
  });

  it.each<[what: string, json: Json, message: RegExp]>([
    ["text", "x", /from an object with the root element, not from text/],
    ["two roots", { a: 1, b: 2 }, /one root element; the value has 2/],
    ["a list of roots", { a: [1, 2] }, /a list of them/],
    ["a name with a blank", { a: { "b c": 1 } }, /The element "b c" has a name/],
    ["a name that is markup", { "a><b": 1 }, /has a name that XML does not allow/],
    ["a list in a list", { a: { b: [[1]] } }, /"b" is a list inside a list/],
    ["an attribute that is an object", { a: { "@b": {} } }, /"a\/@b" is an object/],
    ["a control character", { a: "\u0001" }, /"a" holds U\+0001|holds U\+0001/],
    ["half a surrogate pair", { a: "\ud800" }, /half of a surrogate pair/],
  ])("refuses %s", (_what, json, message) => {
    expect(() => writeXml(json)).toThrow(XmlFault);
    expect(() => writeXml(json)).toThrow(message);
  });

  it("writes what readXml reads as the same value", () => {
    const name = fc.constantFrom("a", "b-c", "d.e", "p:f", "ü");
    const text = fc
      .string({ unit: "grapheme" })
      .filter(
        (value) => !/[^\t\n\r -\ud7ff\ue000-\ufffd]/.test(value.replaceAll(/[\ud800-\udbff][\udc00-\udfff]/g, "")),
      );
    const { element } = fc.letrec<{ element: Json; object: Json }>((tie) => ({
      element: fc.oneof({ maxDepth: 3 }, text, tie("object")),
      object: fc
        .tuple(
          fc.dictionary(
            name.map((value) => `@${value}`),
            text,
            { maxKeys: 2 },
          ),
          fc.dictionary(name, fc.oneof(tie("element"), fc.array(tie("element"), { minLength: 2, maxLength: 3 })), {
            minKeys: 1,
            maxKeys: 3,
          }),
        )
        .map(([attributes, children]) => ({ ...attributes, ...children })),
    }));
    fc.assert(
      fc.property(element, (value) => {
        expect(JSON.parse(JSON.stringify(read(writeXml({ root: value }))))).toEqual(
          JSON.parse(JSON.stringify({ root: value })),
        );
      }),
    );
  });
});
