import { expect, test } from "vitest";
import { html } from "./html.ts";

test("everything put into markup is escaped, in text and in attributes", () => {
  const name = `<img src=x onerror="alert('1')">&`;
  expect(html`<p title="${name}">${name}</p>`.text).toBe(
    '<p title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;">&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;</p>',
  );
});

test("markup inside markup stays, lists are joined, null and false give nothing", () => {
  const items = ["a", "<b>"].map((item) => html`<li>${item}</li>`);
  expect(html`${items}${null}${false}${0}`.text).toBe("<li>a</li><li>&lt;b&gt;</li>0");
});
