import { describe, expect, it } from "vitest";

import { copyText, paste } from "./clipboard.ts";
import { blankDraft } from "./draft.ts";
import { addNode, setConfig } from "./edits.ts";

const blank = blankDraft("orders", "Orders");

describe("copy and paste", () => {
  const source = setConfig(
    addNode(addNode(blank, "transform@1", { after: "webhook" }).draft, "terminate@1", { after: "transform" }).draft,
    "terminate",
    ["output"],
    { sum: { $jmes: "nodes.transform.output.sum" } },
  );

  it("gives copies new ids, in edges and expressions too", () => {
    const pasted = paste(source, copyText(source, new Set(["transform", "terminate"])));
    expect(pasted?.ids).toEqual(["transform_2", "terminate_2"]);
    expect(pasted?.draft.edges.at(-1)).toEqual({ from: "transform_2", to: "terminate_2" });
    expect(pasted?.draft.nodes["terminate_2"]?.config).toEqual({
      output: { sum: { $jmes: "nodes.transform_2.output.sum" } },
    });
  });

  it("renames references in every kind of field, and nothing in text", () => {
    const call = setConfig(addNode(source, "http_call@1", { after: "transform" }).draft, "http_call", [], {
      url: "https://nodes.transform/{{ nodes.transform.output.id }}",
      headers: { "x-nodes.transform": "{{ nodes.transform.output.id }}" },
      body: { "nodes.transform": "nodes.transform", id: { $jmes: "[nodes.transform.output, 'nodes.transform']" } },
    });
    const pasted = paste(call, copyText(call, new Set(["transform", "http_call"])));
    expect(pasted?.draft.nodes["http_call_2"]?.config).toEqual({
      url: "https://nodes.transform/{{ nodes.transform_2.output.id }}",
      headers: { "x-nodes.transform": "{{ nodes.transform_2.output.id }}" },
      body: { "nodes.transform": "nodes.transform", id: { $jmes: "[nodes.transform_2.output, 'nodes.transform']" } },
    });
  });

  it("takes a whole document of another workflow, without its webhook", () => {
    expect(paste(blank, JSON.stringify(source))?.ids).toEqual(["transform", "terminate"]);
  });

  it.each(["", "hello", "{", "{}", `{"nodes":[]}`])("does nothing with %j", (text) => {
    expect(paste(blank, text)).toBeNull();
  });
});
