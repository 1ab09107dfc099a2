import { describe, expect, it } from "vitest";

import { findCards } from "./find-cards.ts";
import { findEmails } from "./find-emails.ts";
import { findIbans } from "./find-ibans.ts";
import { findPhones } from "./find-phones.ts";
import { ownPattern, PatternError } from "./own-pattern.ts";
import type { Finder } from "./span.ts";

function found(find: Finder, text: string): readonly string[] {
  return find(text).map(({ from, to }) => text.slice(from, to));
}

describe("addresses of e-mail", () => {
  it.each([
    ["ada@example.com", ["ada@example.com"]],
    ["Write to <Ada.Lovelace+news@mail.example.co.uk>, or not.", ["Ada.Lovelace+news@mail.example.co.uk"]],
    ["mailto:o'neil@example.org?subject=x", ["o'neil@example.org"]],
    ["a@b.io,c@d.io", ["a@b.io", "c@d.io"]],
    ["用户@例子.广告", ["用户@例子.广告"]],
    ["x@xn--fsq.xn--0zwm56d", ["x@xn--fsq.xn--0zwm56d"]],
    ["see ada@example.com.", ["ada@example.com"]],
    ["root@localhost, @name, a@, a@b.1, @@@@", []],
  ])("in %j are %j", (text, expected) => expect(found(findEmails, text)).toEqual(expected));

  it("are found in time that grows with the text, however many signs it has", () => {
    const text = `${"a".repeat(200_000)}${"@".repeat(200_000)}${"a.".repeat(100_000)}`;
    expect(found(findEmails, text)).toEqual([]);
  });
});

describe("numbers of cards", () => {
  it.each([
    ["4111111111111111", ["4111111111111111"]],
    ["4111 1111 1111 1111", ["4111 1111 1111 1111"]],
    ["card 5555-5555-5555-4444, 12/29", ["5555-5555-5555-4444"]],
    ["3782 822463 10005", ["3782 822463 10005"]],
    ["4111 1111 1111 1111 2029", ["4111 1111 1111 1111"]],
    ["2029 4111 1111 1111 1111", ["4111 1111 1111 1111"]],
    ["6011000990139424 and 3530111333300000", ["6011000990139424", "3530111333300000"]],
    ["4222222222222", ["4222222222222"]],
    ["6304000000000000 is Maestro's", ["6304000000000000"]],
  ])("in %j are %j", (text, expected) => expect(found(findCards, text)).toEqual(expected));

  it.each([
    "4111111111111112",
    "1234567812345670",
    "0000000000000000",
    "41111111111111110000000",
    "a4111111111111111",
    "4111111111111111f",
    "1763931000123456",
    "019a1b2c-4111-7111-8111-111111111111",
  ])("are not found in %j", (text) => expect(found(findCards, text)).toEqual([]));
});

describe("numbers of bank accounts", () => {
  it.each([
    ["DE89370400440532013000", ["DE89370400440532013000"]],
    ["to GB82 WEST 1234 5698 7654 32, today", ["GB82 WEST 1234 5698 7654 32"]],
    ["de89 3704 0044 0532 0130 00 and more", ["de89 3704 0044 0532 0130 00"]],
    ["NO9386011117947/FR1420041010050500013M02606", ["NO9386011117947", "FR1420041010050500013M02606"]],
    ["DE88370400440532013000 XX89370400440532013000 DE893704004405320130001", []],
  ])("in %j are %j", (text, expected) => expect(found(findIbans, text)).toEqual(expected));
});

describe("numbers of telephones", () => {
  it.each([
    ["+491701234567", ["+491701234567"]],
    ["+49 (0)170 123 45 67", ["+49 (0)170 123 45 67"]],
    ["tel:+1-202-555-0147", ["+1-202-555-0147"]],
    ["0049 170 1234567 2026-01-05", ["0049 170 1234567"]],
    ["Telefon:0170/1234567, abends", ["0170/1234567"]],
    ["(030) 1234 5678", ["(030) 1234 5678"]],
    ["(202) 555-0147 or 202.555.0148 or 1-202-555-0149", ["(202) 555-0147", "202.555.0148", "1-202-555-0149"]],
    ["+44 20 7946 0958 and +442079460959", ["+44 20 7946 0958", "+442079460959"]],
  ])("in %j are %j", (text, expected) => expect(found(findPhones, text)).toEqual(expected));

  it.each([
    "2026-12-01T03:45:08Z",
    "01-05-2026 10:30:00",
    "01234567-8901-4abc-8def-012345678901",
    "order-0123456789",
    "/users/0123456789",
    "v1.0123456789",
    "#0123456789",
    "0000001234",
    "5551234567",
    "12345",
    "+12",
    "10.0.0.1",
  ])("are not found in %j", (text) => expect(found(findPhones, text)).toEqual([]));
});

describe("patterns of a project's own", () => {
  it("are RE2's", () => {
    expect(found(ownPattern("KD-[0-9]{6}"), "KD-123456, KD-12 and KD-654321")).toEqual(["KD-123456", "KD-654321"]);
    expect(found(ownPattern("é+"), "😀éé")).toEqual(["éé"]);
  });

  it.each(["(", "(?=a)", "a*", "x".repeat(501)])("%j is refused with the reason", (source) => {
    expect(() => ownPattern(source)).toThrow(PatternError);
  });
});
