import { describe, expect, it } from "vitest";
import { complete, configOf, imported, missing, nodeOf, runImported } from "./imported.ts";
import { HOOK, n8nDocument } from "./n8n-document.ts";

/** A workflow of a webhook and one Edit Fields node with these fields. */
function fields(assignments: { readonly [name: string]: unknown }, rest: object = {}): string {
  const listed = Object.entries(assignments).map(([name, value]) => ({
    id: name,
    name,
    value,
    type: typeof value === "number" ? "number" : "string",
  }));
  const parameters = { assignments: { assignments: listed }, options: {}, ...rest };
  return n8nDocument([HOOK, { name: "Fields", type: "set", typeVersion: 3.4, parameters }], [["Webhook", "Fields"]]);
}

describe("a workflow of n8n", () => {
  it("with webhook, fields, IF, calls and answers becomes one that runs in the same way", () => {
    const text = n8nDocument(
      [
        { ...HOOK, parameters: { httpMethod: "POST", path: "orders", responseMode: "responseNode", options: {} } },
        {
          name: "Order",
          type: "set",
          typeVersion: 3.4,
          parameters: {
            assignments: {
              assignments: [
                { id: "1", name: "customer", value: "={{ $json.body.customer.name.toUpperCase() }}", type: "string" },
                { id: "2", name: "total", value: "={{ $json.body.net * 1.2 }}", type: "number" },
                { id: "3", name: "source", value: "shop", type: "string" },
              ],
            },
            options: {},
          },
        },
        {
          name: "Large?",
          type: "if",
          typeVersion: 2.2,
          parameters: {
            conditions: {
              options: { caseSensitive: true, leftValue: "", typeValidation: "strict", version: 2 },
              conditions: [
                {
                  id: "a",
                  leftValue: "={{ $json.total }}",
                  rightValue: 100,
                  operator: { type: "number", operation: "gt" },
                },
                {
                  id: "b",
                  leftValue: "={{ $json.source }}",
                  rightValue: "shop",
                  operator: { type: "string", operation: "equals" },
                },
              ],
              combinator: "and",
            },
            options: {},
          },
        },
        {
          name: "Ask for review",
          type: "httpRequest",
          typeVersion: 4.2,
          parameters: {
            method: "POST",
            url: "=https://review.example.com/customers/{{ encodeURIComponent($json.customer) }}/orders",
            sendQuery: true,
            queryParameters: { parameters: [{ name: "source", value: "={{ $json.source }}" }] },
            sendHeaders: true,
            headerParameters: { parameters: [{ name: "x-order", value: "={{ $('Webhook').item.json.body.id }}" }] },
            sendBody: true,
            specifyBody: "json",
            jsonBody:
              '={ "total": {{ $json.total }}, "note": "order {{ $node["Webhook"].json.body.id }} of {{ $json.customer }}" }',
            options: { timeout: 5000 },
          },
          retryOnFail: true,
          maxTries: 4,
          waitBetweenTries: 2000,
        },
        {
          name: "Answer",
          type: "respondToWebhook",
          typeVersion: 1.1,
          parameters: {
            respondWith: "json",
            responseBody: '={{ { "ticket": $json.ticket, "customer": $(\'Order\').item.json.customer } }}',
            options: { responseCode: 201, responseHeaders: { entries: [{ name: "X-Kind", value: "review" }] } },
          },
        },
        { name: "Fine", type: "noOp" },
      ],
      [
        ["Webhook", "Order"],
        ["Order", "Large?"],
        ["Large?", "Ask for review", 0],
        ["Large?", "Fine", 1],
        ["Ask for review", "Answer"],
      ],
      { pinData: { Webhook: [{ json: { headers: {}, body: { id: "A-1", net: 100 } } }] } },
    );
    const result = complete(text);
    expect(result.definition).toMatchObject({
      slug: "imported-orders",
      name: "Imported orders",
      input: { sample: { id: "A-1", net: 100 } },
      layout: { webhook: { x: 0, y: 300 }, order: { x: 220, y: 300 } },
    });
    expect(nodeOf(result.definition, "large")).toMatchObject({ type: "branch@1", label: "Large?" });
    expect(configOf(result, "ask_for_review")).toMatchObject({
      timeoutMs: 5000,
      retry: { attemptsMax: 4, baseMs: 2000, factor: 1, jitter: "none" },
    });

    const body = { id: "A-1", net: 100, customer: { name: "Ada" } };
    const large = runImported(result, { body }, () => ({ status: 200, body: { ticket: 7 } }));
    expect(large.output("order")).toEqual({ customer: "ADA", total: 120, source: "shop" });
    expect(large.requests).toMatchObject([
      {
        method: "POST",
        url: "https://review.example.com/customers/ADA/orders?source=shop",
        headers: { "x-order": "A-1" },
        body: '{"total":120,"note":"order A-1 of ADA"}',
      },
    ]);
    expect(large.run.result?.response).toMatchObject({
      status: 201,
      headers: { "x-kind": "review" },
      body: '{"ticket":7,"customer":"ADA"}',
    });
    const small = runImported(result, { body: { ...body, net: 10 } });
    expect(small.requests).toEqual([]);
    expect(small.output("fine")).toEqual({ customer: "ADA", total: 12, source: "shop" });
  });

  it.each<[string, string, unknown]>([
    ["a field", "={{ $json.body.a.b }}", 1],
    ["a field by a key", `={{ $json["body"]['first name'] }}`, "Ada"],
    ["an element", "={{ $json.body.list[1] }}", "y"],
    ["an optional field", "={{ $json.body?.missing?.deeper }}", null],
    ["a header in any case", "={{ $json.headers['X-Source'] }}", "shop"],
    ["a query parameter", "={{ $json.query.page }}", "2"],
    ["a node by its name", `={{ $node["Webhook"].json.body.a.b }}`, 1],
    ["a node by function", `={{ $('Webhook').first().json.body.a.b }}`, 1],
    ["the input", "={{ $input.item.json.body.a.b }}", 1],
    ["text around holes", "=<{{ $json.body.a.b }}> of {{ $json.query.page }}", "<1> of 2"],
    ["a hole without a value in a text", "=<{{ $json.body.missing }}>", "<>"],
    ["joined texts", "={{ 'no. ' + $json.body.a.b + '!' }}", "no. 1!"],
    ["a sum", "={{ $json.body.a.b + 1 }}", 2],
    ["arithmetic", "={{ ($json.body.a.b + 5) * 2 - 1 }}", 11],
    ["a template literal", "={{ `${$json.query.page}/${$json.body.list.length}` }}", "2/3"],
    ["a comparison", "={{ $json.body.a.b === 1 }}", true],
    ["a combination", "={{ $json.body.a.b > 0 && $json.query.page != '1' }}", true],
    ["a negation", "={{ !($json.body.a.b > 1) }}", true],
    ["a choice", "={{ $json.body.a.b > 1 ? 'many' : 'one' }}", "one"],
    ["a default", "={{ $json.body.missing ?? 'none' }}", "none"],
    ["a default in the older form", "={{ $json.body.missing || 'none' }}", "none"],
    ["a negative number", "={{ -$json.body.a.b }}", -1],
    ["methods", "={{ $json.body['first name'].toLowerCase().replaceAll('a', 'o').split('d') }}", ["o", "o"]],
    ["a joined list", "={{ $json.body.list.join('-') }}", "x-y-z"],
    ["a search", "={{ $json.body.list.includes('y') }}", true],
    ["JSON as text", "={{ JSON.stringify($json.body.a) }}", '{"b":1}'],
    ["text as JSON", `={{ JSON.parse('{"c": 3}').c }}`, 3],
    ["functions of numbers", "={{ Math.floor(Number('3.7')) }}", 3],
    ["an object", "={{ { a: $json.body.a.b, 'b c': [1, $json.query.page] } }}", { a: 1, "b c": [1, "2"] }],
    ["braces in a text", "={{ '}}' + $json.query.page }}", "}}2"],
    ["the name of the workflow", "={{ $workflow.name }}", "Imported orders"],
    ["text that is not an expression", "{{ $json.body.a }}", "{{ $json.body.a }}"],
    ["quotes and backslashes", `={{ "it's \\\\ " + $json.query.page }}`, "it's \\ 2"],
  ])("has %s", (_, value, expected) => {
    const result = complete(fields({ found: value }));
    const body = { a: { b: 1 }, "first name": "Ada", list: ["x", "y", "z"] };
    const ran = runImported(result, { body, headers: { "x-source": "shop" }, query: { page: "2" } });
    expect(ran.run.status).toBe("succeeded");
    expect(ran.output("fields")).toEqual({ found: expected });
  });

  it.each([
    ["={{ $env.TOKEN }}", "$env"],
    ["={{ $json.body.list.map(x => x * 2) }}", "map"],
    ["={{ $json.body.a + $json.body.b }}", "joins texts or adds numbers"],
    ["={{ /a/.test($json.body.a) }}", "regular expressions"],
    ["={{ $json.body[$json.body.key] }}", "chooses a field by an expression"],
    ["={{ $json.params.id }}", "params"],
    ["={{ new Date() }}", "new Date()"],
    ["={{ $json.body.a; 1 }}", "one JavaScript expression"],
    ["={{ ??? }}", "not a JavaScript expression"],
    ["={{ $('Nobody').item.json.a }}", `no node "Nobody"`],
  ])("says of %s why it was not translated, and does not guess", (value, reason) => {
    const result = imported(fields({ found: value }));
    const note = result.notes.find(({ kind }) => kind === "not_understood");
    expect(note).toMatchObject({
      node: "Fields",
      field: "parameters.assignments[0].value",
      value: JSON.stringify(value),
    });
    expect(note?.message).toContain(reason);
    // Nobody can publish it before it is finished.
    expect(result.issues).toMatchObject([
      { path: "/nodes/fields/config/expression", code: "expression_unknown_function" },
    ]);
  });

  it("has fields in all of the forms that n8n has had", () => {
    const merged = complete(fields({ "a.b": 1, c: "={{ $json.body.n }}" }, { includeOtherFields: true }));
    expect(runImported(merged, { body: { n: 2 } }).output("fields")).toEqual({
      headers: {},
      query: {},
      body: { n: 2 },
      a: { b: 1 },
      c: 2,
    });
    const raw = complete(
      fields({}, { mode: "raw", jsonOutput: '={ "n": {{ $json.body.n }}, "t": "n is {{ $json.body.n }}" }' }),
    );
    expect(runImported(raw, { body: { n: 2 } }).output("fields")).toEqual({ n: 2, t: "n is 2" });
    const parameters = {
      keepOnlySet: true,
      values: { string: [{ name: "s", value: "={{ $json.body.n }}" }], number: [{ name: "n", value: "7" }] },
    };
    const old = complete(
      n8nDocument([HOOK, { name: "Fields", type: "set", typeVersion: 2, parameters }], [["Webhook", "Fields"]]),
    );
    expect(runImported(old, { body: { n: 2 } }).output("fields")).toEqual({ s: 2, n: 7 });
  });

  it.each<[object, unknown, boolean]>([
    [{ type: "string", operation: "contains" }, "pp", true],
    [{ type: "string", operation: "notContains" }, "pp", false],
    [{ type: "string", operation: "startsWith" }, "App", true],
    [{ type: "string", operation: "endsWith" }, "x", false],
    [{ type: "string", operation: "exists", singleValue: true }, "", true],
    [{ type: "string", operation: "notEmpty", singleValue: true }, "", true],
    [{ type: "string", operation: "empty", singleValue: true }, "", false],
    [{ type: "string", operation: "notEquals" }, "Pear", true],
  ])("compares by %j with %j", (operator, rightValue, expected) => {
    const conditions = {
      options: { caseSensitive: true },
      conditions: [{ leftValue: "={{ $json.body.name }}", rightValue, operator }],
      combinator: "and",
    };
    const text = n8nDocument(
      [HOOK, { name: "If", type: "if", typeVersion: 2, parameters: { conditions } }, { name: "Yes", type: "noOp" }],
      [
        ["Webhook", "If"],
        ["If", "Yes"],
      ],
    );
    expect(runImported(complete(text), { body: { name: "Apple" } }).output("if")).toBe(String(expected));
  });

  it("has an IF of the first version, whose conditions are listed by type", () => {
    const parameters = {
      conditions: {
        number: [{ value1: "={{ $json.body.n }}", operation: "largerEqual", value2: 5 }],
        string: [{ value1: "={{ $json.body.s }}", value2: "go" }],
      },
      combineOperation: "any",
    };
    const text = n8nDocument(
      [HOOK, { name: "If", type: "if", parameters }, { name: "Yes", type: "noOp" }],
      [
        ["Webhook", "If"],
        ["If", "Yes"],
      ],
    );
    const result = complete(text);
    expect(runImported(result, { body: { n: 1, s: "go" } }).output("if")).toBe("true");
    expect(runImported(result, { body: { n: 5, s: "" } }).output("if")).toBe("true");
    expect(runImported(result, { body: { n: 1, s: "" } }).output("if")).toBe("false");
  });

  it("has a Switch with rules, names and a fallback", () => {
    const rule = (value: string, outputKey?: string): object => ({
      conditions: {
        options: { caseSensitive: false },
        conditions: [
          { leftValue: "={{ $json.body.kind }}", rightValue: value, operator: { type: "string", operation: "equals" } },
        ],
        combinator: "and",
      },
      ...(outputKey === undefined ? {} : { renameOutput: true, outputKey }),
    });
    const parameters = {
      rules: { values: [rule("Order", "New order"), rule("refund")] },
      options: { fallbackOutput: "extra" },
    };
    const ends = ["Order", "Refund", "Other"].map((name) => ({ name, type: "noOp" }));
    const text = n8nDocument(
      [HOOK, { name: "Kind", type: "switch", typeVersion: 3.2, parameters }, ...ends],
      [
        ["Webhook", "Kind"],
        ["Kind", "Order", 0],
        ["Kind", "Refund", 1],
        ["Kind", "Other", 2],
      ],
    );
    const result = complete(text);
    expect(runImported(result, { body: { kind: "ORDER" } }).output("kind")).toBe("new_order");
    expect(runImported(result, { body: { kind: "refund" } }).output("kind")).toBe("case_1");
    const other = runImported(result, { body: { kind: "?" } });
    expect([other.output("kind"), other.run.stepAt({ node: "other" })?.status]).toEqual(["else", "succeeded"]);
  });

  it("has a loop, whose cycle becomes a body of its own", () => {
    const text = n8nDocument(
      [
        HOOK,
        { name: "Lines", type: "splitOut", parameters: { fieldToSplitOut: "body.lines", options: {} } },
        { name: "Loop Over Items", type: "splitInBatches", typeVersion: 3, parameters: { options: {} } },
        {
          name: "Ship",
          type: "httpRequest",
          typeVersion: 4.2,
          parameters: {
            method: "POST",
            url: "=https://ship.example.com/{{ $json.sku }}",
            sendBody: true,
            bodyParameters: {
              parameters: [
                { name: "count", value: "={{ $('Loop Over Items').item.json.count }}" },
                { name: "order", value: "={{ $('Webhook').item.json.body.id }}" },
              ],
            },
          },
        },
        {
          name: "Shipped",
          type: "set",
          typeVersion: 3.4,
          parameters: { mode: "raw", jsonOutput: '={ "parcel": "{{ $json.parcel }}" }' },
        },
        {
          name: "Report",
          type: "set",
          typeVersion: 3.4,
          parameters: { mode: "raw", jsonOutput: '={ "all": {{ $json }} }' },
        },
      ],
      [
        ["Webhook", "Lines"],
        ["Lines", "Loop Over Items"],
        ["Loop Over Items", "Report", 0],
        ["Loop Over Items", "Ship", 1],
        ["Ship", "Shipped"],
        ["Shipped", "Loop Over Items"],
      ],
    );
    const result = complete(text);
    const body = {
      id: "A",
      lines: [
        { sku: "x", count: 1 },
        { sku: "y", count: 2 },
      ],
    };
    const ran = runImported(result, { body }, ({ url }) => ({ status: 200, body: { parcel: url.at(-1) ?? "" } }));
    expect(ran.requests.map(({ url, body: sent }) => [url, sent])).toEqual([
      ["https://ship.example.com/x", '{"count":1,"order":"A"}'],
      ["https://ship.example.com/y", '{"count":2,"order":"A"}'],
    ]);
    expect(ran.output("report")).toEqual({ all: [{ parcel: "x" }, { parcel: "y" }] });
  });

  it("has a loop in a loop", () => {
    const loop = (name: string): object => ({ name, type: "splitInBatches", typeVersion: 3, parameters: {} });
    const split = (name: string, field: string): object => ({
      name,
      type: "splitOut",
      parameters: { fieldToSplitOut: field },
    });
    const text = n8nDocument(
      [
        HOOK,
        split("Orders", "body.orders"),
        loop("Each order"),
        split("Lines", "lines"),
        loop("Each line"),
        {
          name: "Line",
          type: "set",
          typeVersion: 3.4,
          parameters: {
            mode: "raw",
            jsonOutput: `={ "of": "{{ $('Each order').item.json.id }}", "sku": "{{ $json.sku }}" }`,
          },
        },
      ] as Parameters<typeof n8nDocument>[0],
      [
        ["Webhook", "Orders"],
        ["Orders", "Each order"],
        ["Each order", "Lines", 1],
        ["Lines", "Each line"],
        ["Each line", "Line", 1],
        ["Line", "Each line"],
        ["Each line", "Each order", 0],
      ],
    );
    const ran = runImported(complete(text), {
      body: {
        orders: [
          { id: 1, lines: [{ sku: "a" }, { sku: "b" }] },
          { id: 2, lines: [{ sku: "c" }] },
        ],
      },
    });
    expect(ran.output("each_order")).toMatchObject({
      results: [
        [
          { of: "1", sku: "a" },
          { of: "1", sku: "b" },
        ],
        [{ of: "2", sku: "c" }],
      ],
    });
  });

  it("joins branches, and inputs of a Merge", () => {
    const condition = {
      conditions: {
        conditions: [
          { leftValue: "={{ $json.body.a }}", rightValue: true, operator: { type: "boolean", operation: "true" } },
        ],
      },
    };
    const field = (name: string): object => ({
      name,
      type: "set",
      typeVersion: 3.4,
      parameters: { assignments: { assignments: [{ name: name.toLowerCase(), value: 1, type: "number" }] } },
    });
    const branches = complete(
      n8nDocument(
        [
          HOOK,
          { name: "If", type: "if", typeVersion: 2, parameters: condition },
          field("Left"),
          field("Right"),
          { name: "End", type: "noOp" },
        ] as Parameters<typeof n8nDocument>[0],
        [
          ["Webhook", "If"],
          ["If", "Left", 0],
          ["If", "Right", 1],
          ["Left", "End"],
          ["Right", "End"],
        ],
      ),
    );
    expect(runImported(branches, { body: { a: true } }).output("end")).toEqual({ left: 1 });
    expect(runImported(branches, { body: { a: false } }).output("end")).toEqual({ right: 1 });
    expect(branches.notes.filter(({ node }) => node === "End")).toEqual([]);

    const merge = {
      name: "Merge",
      type: "merge",
      typeVersion: 3,
      parameters: { mode: "combine", combineBy: "combineByPosition" },
    };
    const merged = complete(
      n8nDocument([HOOK, field("Left"), field("Right"), merge] as Parameters<typeof n8nDocument>[0], [
        ["Webhook", "Left"],
        ["Webhook", "Right"],
        ["Left", "Merge", 0, 0],
        ["Right", "Merge", 0, 1],
      ]),
    );
    expect(runImported(merged, {}).output("merge")).toEqual({ left: 1, right: 1 });
  });

  it("reads known kinds of credentials from a secret, and XML from an answer", () => {
    const call = {
      name: "Call",
      type: "httpRequest",
      typeVersion: 4.2,
      parameters: {
        url: "https://api.example.com/",
        authentication: "genericCredentialType",
        genericAuthType: "httpBasicAuth",
        options: { response: { response: { responseFormat: "text" } } },
      },
      credentials: { httpBasicAuth: { id: "1", name: "Shop (live)" } },
    };
    const result = complete(
      n8nDocument(
        [HOOK, call, { name: "Parse", type: "xml", parameters: { options: {} } }],
        [
          ["Webhook", "Call"],
          ["Call", "Parse"],
        ],
      ),
    );
    expect(configOf(result, "call")["headers"]).toEqual({ authorization: "Basic {{ secrets.SHOP_LIVE }}" });
    expect(runImported(result, {}, () => ({ status: 200, body: "<a><b>1</b></a>" })).output("parse")).toEqual({
      a: { b: "1" },
    });
  });

  it("calls another workflow by the slug of its name", () => {
    const callOf = (parameters: object): string =>
      n8nDocument(
        [HOOK, { name: "Call", type: "executeWorkflow", typeVersion: 1.2, parameters }],
        [["Webhook", "Call"]],
      );
    const workflowId = { __rl: true, mode: "list", value: "k3J9", cachedResultName: "Ship an Order" };
    const result = complete(callOf({ workflowId, workflowInputs: { value: { id: "={{ $json.body.id }}" } } }));
    expect(configOf(result, "call")).toEqual({ workflow: "ship-an-order", input: { id: { $jmes: "input.id" } } });
    expect(missing(imported(callOf({ workflowId: "k3J9" })))).toEqual(["Call parameters.workflowId"]);
  });

  it.each<[object, string | null]>([
    [{ field: "minutes", minutesInterval: 15 }, "*/15 * * * *"],
    [{ field: "hours", triggerAtMinute: 5 }, "5 * * * *"],
    [{ triggerAtHour: 7, triggerAtMinute: 30 }, "30 7 * * *"],
    [{ field: "weeks", triggerAtDay: [1, 5], triggerAtHour: 6 }, "0 6 * * 1,5"],
    [{ field: "months", triggerAtDayOfMonth: 15 }, "0 0 15 * *"],
    [{ field: "cronExpression", expression: "0 9 * * MON-FRI" }, "0 9 * * MON-FRI"],
    [{ field: "days", daysInterval: 3 }, null],
  ])("is started by the schedule %j", (interval, cron) => {
    const text = n8nDocument(
      [
        { name: "Clock", type: "scheduleTrigger", typeVersion: 1.2, parameters: { rule: { interval: [interval] } } },
        {
          name: "At",
          type: "set",
          typeVersion: 3.4,
          parameters: { mode: "raw", jsonOutput: '={ "at": {{ $json.timestamp }} }' },
        },
      ],
      [["Clock", "At"]],
      { settings: { timezone: "Europe/Berlin" } },
    );
    if (cron === null) {
      expect(missing(imported(text))).toEqual(["Clock parameters.rule"]);
      return;
    }
    const result = complete(text);
    expect(nodeOf(result.definition, "clock")).toMatchObject({
      type: "schedule@1",
      config: { cron, timezone: "Europe/Berlin" },
    });
    expect(configOf(result, "at")).toEqual({ expression: "{ at: input.plannedAt }" });
  });

  it("waits for a signal where n8n waits for a call, and keeps the longest time of a run", () => {
    const text = n8nDocument(
      [
        HOOK,
        { name: "Approval", type: "wait", parameters: { resume: "webhook", limitWaitTime: true, resumeUnit: "days" } },
        {
          name: "Answer",
          type: "set",
          typeVersion: 3.4,
          parameters: { mode: "raw", jsonOutput: '={ "by": "{{ $json.body.name }}" }' },
        },
      ],
      [
        ["Webhook", "Approval"],
        ["Approval", "Answer"],
      ],
      { settings: { executionTimeout: 3600 } },
    );
    const result = complete(text);
    expect(result.definition["timeoutMs"]).toBe(3_600_000);
    expect(configOf(result, "approval")).toEqual({ name: "approval", timeoutMs: 86_400_000 });
    expect(configOf(result, "answer")).toEqual({
      expression: "{ by: join('', [to_string(not_null(nodes.approval.output.payload.name, ''))]) }",
    });
  });

  it("waits, fails and takes the output for errors", () => {
    const text = n8nDocument(
      [
        HOOK,
        { name: "Wait", type: "wait", typeVersion: 1.1, parameters: { amount: 2, unit: "minutes" } },
        {
          name: "Call",
          type: "httpRequest",
          typeVersion: 4.2,
          parameters: { url: "https://api.example.com/", options: { response: { response: { fullResponse: true } } } },
          onError: "continueErrorOutput",
        },
        {
          name: "Answered",
          type: "set",
          typeVersion: 3.4,
          parameters: { mode: "raw", jsonOutput: '={ "status": {{ $json.statusCode }} }' },
        },
        { name: "Stop", type: "stopAndError", parameters: { errorMessage: "=Failed with {{ $json.error.code }}" } },
      ],
      [
        ["Webhook", "Wait"],
        ["Wait", "Call"],
        ["Call", "Answered", 0],
        ["Call", "Stop", 1],
      ],
    );
    const result = complete(text);
    expect(configOf(result, "wait")).toEqual({ durationMs: 120_000 });
    expect(configOf(result, "call")).toMatchObject({ method: "GET", retry: { attemptsMax: 1 } });
    expect(runImported(result, {}).output("answered")).toEqual({ status: 200 });
    const failed = runImported(result, {}, () => ({ status: 500, body: null }));
    expect(failed.run.result).toMatchObject({ status: "failed", reason: "Failed with http_status" });
  });

  it("keeps a node of an unknown type with its settings, and names it", () => {
    const parameters = { channel: "#orders", text: "={{ $json.body.id }}" };
    const text = n8nDocument(
      [
        HOOK,
        { name: "Slack", type: "slack", parameters },
        { name: "AI Agent", type: "@n8n/n8n-nodes-langchain.agent" },
      ],
      [
        ["Webhook", "Slack"],
        ["Slack", "AI Agent"],
      ],
    );
    const result = imported(text);
    expect(missing(result)).toEqual(["Slack type", "AI Agent type"]);
    expect(nodeOf(result.definition, "slack")).toEqual({ type: "n8n.slack", label: "Slack", config: parameters });
    expect(result.issues.map(({ path, code }) => `${path} ${code}`)).toEqual([
      "/nodes/slack/type unknown_node_type",
      "/nodes/ai_agent/type unknown_node_type",
    ]);
  });

  it("lists what was lost: credentials, options, a wait for a call, an answer in the middle, edges into a loop", () => {
    const text = n8nDocument(
      [
        { ...HOOK, parameters: { ...HOOK.parameters, authentication: "headerAuth" } },
        {
          name: "Call",
          type: "httpRequest",
          typeVersion: 4.2,
          parameters: {
            url: "https://api.example.com/",
            authentication: "genericCredentialType",
            genericAuthType: "httpHeaderAuth",
            options: { proxy: "http://proxy.example.com", pagination: {} },
          },
          credentials: { httpHeaderAuth: { id: "1", name: "Shop key" } },
        },
        { name: "Wait", type: "wait", parameters: { resume: "form" } },
        { name: "Early", type: "respondToWebhook", parameters: { respondWith: "noData" } },
        { name: "Loop", type: "splitInBatches", typeVersion: 3, parameters: { batchSize: 10 } },
        { name: "Each", type: "noOp" },
      ],
      [
        ["Webhook", "Call"],
        ["Call", "Wait"],
        ["Wait", "Early"],
        ["Early", "Loop"],
        ["Loop", "Each", 1],
        ["Each", "Loop"],
        ["Early", "Each"],
      ],
      { settings: { errorWorkflow: "99" } },
    );
    const result = imported(text);
    expect(missing(result).toSorted()).toEqual(
      [
        "Webhook parameters.authentication",
        "Call credentials",
        "Call parameters.options.proxy",
        "Call parameters.options.pagination",
        "Wait parameters.resume",
        "Early parameters.respondWith",
        "Early connections.main[0]",
        "settings.errorWorkflow",
      ].toSorted(),
    );
    const credentials = result.notes.find(({ field }) => field === "credentials");
    expect(credentials).toMatchObject({ value: '"Shop key"', fix: expect.stringContaining("{{ secrets.SHOP_KEY }}") });
    expect(result.notes.find(({ field }) => field === "parameters.batchSize")).toMatchObject({
      kind: "differs",
      value: "10",
    });
  });

  it("follows data through long chains and many joins of branches", () => {
    const condition = {
      conditions: {
        conditions: [
          { leftValue: "={{ $json.body.a }}", rightValue: 1, operator: { type: "number", operation: "equals" } },
        ],
      },
    };
    const joins = Array.from({ length: 40 }, (_, n) => n);
    const nodes = joins.flatMap((n) => [
      { name: `If ${n}`, type: "if", typeVersion: 2, parameters: condition },
      { name: `Left ${n}`, type: "noOp" },
      { name: `Right ${n}`, type: "noOp" },
    ]);
    const edges = joins.flatMap((n): readonly (readonly [string, string, number?])[] => [
      ...(n === 0
        ? ([["Webhook", "If 0"]] as const)
        : ([
            [`Left ${n - 1}`, `If ${n}`],
            [`Right ${n - 1}`, `If ${n}`],
          ] as const)),
      [`If ${n}`, `Left ${n}`, 0],
      [`If ${n}`, `Right ${n}`, 1],
    ]);
    const ran = runImported(complete(n8nDocument([HOOK, ...nodes], edges)), { body: { a: 1 } });
    expect(ran.output("if_39")).toBe("true");

    const links = Array.from({ length: 990 }, (_, n) => ({ name: `Link ${n}`, type: "noOp" }));
    const chain = links.map((_, n) => [n === 0 ? "Webhook" : `Link ${n - 1}`, `Link ${n}`] as const);
    const long = complete(n8nDocument([HOOK, ...links.toReversed()], chain));
    expect(configOf(long, "link_989")).toEqual({ expression: "{ headers: headers, query: query, body: input }" });
  });

  it("refuses scripts and documents that are too large", () => {
    const result = imported(fields({ found: `={{ ${"1 + ".repeat(2_000)}1 }}` }));
    expect(missing(result)).toEqual(["Fields parameters.assignments[0].value"]);
    const many = Array.from({ length: 1001 }, (_, n) => ({ name: `Node ${n}`, type: "noOp" }));
    expect(() => imported(n8nDocument(many, []))).toThrow("1001 nodes; the limit is 1000");
    expect(() => imported(`{"nodes":[],"connections":{},"meta":"${"x".repeat(5_000_000)}"}`)).toThrow(
      "the limit is 4194304",
    );
  });

  it("gives every node an id of its own, also where names are alike or have no letters", () => {
    const text = n8nDocument(
      [
        HOOK,
        { name: "Größe", type: "noOp" },
        { name: "grosse!", type: "noOp" },
        { name: "Grosse", type: "noOp" },
        { name: "数量", type: "noOp" },
      ],
      [
        ["Webhook", "Größe"],
        ["Webhook", "grosse!"],
        ["Webhook", "Grosse"],
        ["Webhook", "数量"],
      ],
    );
    expect(Object.keys(complete(text).definition["nodes"] ?? {})).toEqual([
      "webhook",
      "gro_e",
      "grosse",
      "grosse_2",
      "node",
    ]);
  });
});

describe("a text that is not a workflow", () => {
  it.each([
    ["{", "not JSON"],
    ["[]", "an empty list"],
    ["42", "it is 42"],
    ["{}", "an empty object"],
    ['{"id": 1}', 'its fields are "id"'],
    ['[{"nodes":[],"connections":{}},{"nodes":[],"connections":{}}]', "2 workflows"],
  ])("%s is refused with the reason", (text, reason) => {
    expect(() => imported(text)).toThrow(reason);
  });

  it("is refused where the other tool was named", () => {
    expect(() => imported(n8nDocument([HOOK], []), "upstream")).toThrow("not a document of upstream");
  });
});
