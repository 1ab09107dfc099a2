import { peakPerSecond } from "../../load/profile/profile.ts";
import type { LoadProfile } from "../../load/profile/profile.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import { SCHEDULE_VARIABLES } from "./schedule.ts";

export interface JMeterPlanInput {
  readonly scenario: Scenario;
  /** With the warm-up. */
  readonly profile: LoadProfile;
  readonly inFlightMax: number;
  readonly timeoutMs: number;
  /** Header names of the schedule's variables `header1`, `header2`, … */
  readonly headers: readonly string[];
  /** Files, relative to the plan. */
  readonly schedulePath: string;
  readonly payloadFolder: string;
}

/** Variables that a row of the results has in addition to JMeter's own fields. */
export const SAMPLE_VARIABLES = ["n", "dueAtMs", "runId"] as const;

/** Requests to another address make JMeter load and compile what it needs: otherwise its first webhooks are seconds late. */
const WARM_UP = { threads: 4, requests: 100 } as const;
/** Threads need this long to start; the schedule begins after it. */
const LEAD_MS = 1_000;
/** Threads for this long at the highest rate. */
const THREAD_SECONDS = 2;
const THREADS_MIN = 16;

/**
 * A JMeter test plan (`.jmx`) for a scenario. It uses only what JMeter has had since version 2.13: a thread takes the next row of the schedule,
 * waits until the row is due, and sends. A request is late only when every thread waits for an answer. (The wait is an action and no timer:
 * timers work out their delay before the row is read.)
 *
 * Properties: `host`, `port`, `protocol`, `path` (of the endpoint).
 */
export function jmeterPlan(input: JMeterPlanInput): string {
  const { scenario, profile, inFlightMax, headers, schedulePath, timeoutMs } = input;
  const threads = Math.min(inFlightMax, Math.max(THREADS_MIN, Math.ceil(peakPerSecond(profile) * THREAD_SECONDS)));
  const variables = [...SCHEDULE_VARIABLES, ...headers.map((_, index) => headerVariable(index))];
  const dueAt = "${__longSum(${__P(startAtMs)},${dueMs},dueAtMs)}";
  // A wait below zero would be an error in some versions.
  const waitMs = xml(`\${__jexl2(\${__longSum(${dueAt},-\${__time()},waitMs)} > 0 ? \${waitMs} : 0)}`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<jmeterTestPlan version="1.2" properties="2.8" jmeter="2.13">
  <hashTree>
    <TestPlan guiclass="TestPlanGui" testclass="TestPlan" testname="${xml(scenario.name)}" enabled="true">
      <stringProp name="TestPlan.comments">${xml(comment(scenario))}</stringProp>
      <boolProp name="TestPlan.functional_mode">false</boolProp>
      <boolProp name="TestPlan.serialize_threadgroups">false</boolProp>
      <elementProp name="TestPlan.user_defined_variables" elementType="Arguments" guiclass="ArgumentsPanel" testclass="Arguments" enabled="true">
        <collectionProp name="Arguments.arguments"/>
      </elementProp>
      <stringProp name="TestPlan.user_define_classpath"></stringProp>
    </TestPlan>
    <hashTree>
${threadGroup({ kind: "SetupThreadGroup", name: "warm-up", threads: WARM_UP.threads, loops: WARM_UP.requests / WARM_UP.threads })}
      <hashTree>
${httpSampler({ name: "warm-up", path: "${__P(warmUpPath,/healthz)}", method: "GET", timeoutMs, body: null })}
        <hashTree/>
${action("the schedule begins", `1\${__setProperty(startAtMs,\${__longSum(\${__time()},${String(LEAD_MS)})})}`)}
        <hashTree/>
      </hashTree>
${threadGroup({ kind: "ThreadGroup", name: "senders", threads, loops: -1 })}
      <hashTree>
        <CSVDataSet guiclass="TestBeanGUI" testclass="CSVDataSet" testname="schedule" enabled="true">
          <stringProp name="filename">${xml(schedulePath)}</stringProp>
          <stringProp name="fileEncoding">UTF-8</stringProp>
          <stringProp name="variableNames">${variables.join(",")}</stringProp>
          <stringProp name="delimiter">\\t</stringProp>
          <boolProp name="quotedData">false</boolProp>
          <boolProp name="recycle">false</boolProp>
          <boolProp name="stopThread">true</boolProp>
          <stringProp name="shareMode">shareMode.all</stringProp>
        </CSVDataSet>
        <hashTree/>
${action("until it is due", waitMs)}
        <hashTree/>
${httpSampler({ name: "webhook", path: "${__P(path)}?n=${n}", method: "POST", timeoutMs, body: `\${__FileToString(${xml(input.payloadFolder)}/\${payload}.json,UTF-8)}` })}
        <hashTree>
          <HeaderManager guiclass="HeaderPanel" testclass="HeaderManager" testname="headers" enabled="true">
            <collectionProp name="HeaderManager.headers">
${[["content-type", "application/json"] as const, ...headers.map((name, index) => [name, `\${${headerVariable(index)}}`] as const)].map(([name, value]) => header(name, value)).join("\n")}
            </collectionProp>
          </HeaderManager>
          <hashTree/>
          <RegexExtractor guiclass="RegexExtractorGui" testclass="RegexExtractor" testname="the run" enabled="true">
            <stringProp name="RegexExtractor.useHeaders">false</stringProp>
            <stringProp name="RegexExtractor.refname">runId</stringProp>
            <stringProp name="RegexExtractor.regex">&quot;runId&quot;\\s*:\\s*&quot;([^&quot;]{36})&quot;</stringProp>
            <stringProp name="RegexExtractor.template">$1$</stringProp>
            <stringProp name="RegexExtractor.default">none</stringProp>
            <stringProp name="RegexExtractor.match_number">1</stringProp>
          </RegexExtractor>
          <hashTree/>
        </hashTree>
      </hashTree>
    </hashTree>
  </hashTree>
</jmeterTestPlan>
`;
}

function threadGroup(options: {
  readonly kind: "ThreadGroup" | "SetupThreadGroup";
  readonly name: string;
  readonly threads: number;
  /** −1: until the schedule ends. */
  readonly loops: number;
}): string {
  const { kind, name, threads, loops } = options;
  return `      <${kind} guiclass="${kind}Gui" testclass="${kind}" testname="${name}" enabled="true">
        <stringProp name="ThreadGroup.on_sample_error">continue</stringProp>
        <elementProp name="ThreadGroup.main_controller" elementType="LoopController" guiclass="LoopControlPanel" testclass="LoopController" enabled="true">
          <boolProp name="LoopController.continue_forever">false</boolProp>
          <intProp name="LoopController.loops">${String(loops)}</intProp>
        </elementProp>
        <stringProp name="ThreadGroup.num_threads">${String(threads)}</stringProp>
        <stringProp name="ThreadGroup.ramp_time">0</stringProp>
        <boolProp name="ThreadGroup.scheduler">false</boolProp>
        <stringProp name="ThreadGroup.duration"></stringProp>
        <stringProp name="ThreadGroup.delay"></stringProp>
      </${kind}>`;
}

/** A pause, in milliseconds. */
function action(name: string, waitMs: string): string {
  return `        <TestAction guiclass="TestActionGui" testclass="TestAction" testname="${name}" enabled="true">
          <intProp name="ActionProcessor.action">1</intProp>
          <intProp name="ActionProcessor.target">0</intProp>
          <stringProp name="ActionProcessor.duration">${waitMs}</stringProp>
        </TestAction>`;
}

function httpSampler(options: {
  readonly name: string;
  readonly path: string;
  readonly method: "GET" | "POST";
  readonly timeoutMs: number;
  readonly body: string | null;
}): string {
  const { name, path, method, timeoutMs, body } = options;
  const value =
    body === null
      ? '<collectionProp name="Arguments.arguments"/>'
      : `<collectionProp name="Arguments.arguments">
              <elementProp name="" elementType="HTTPArgument">
                <boolProp name="HTTPArgument.always_encode">false</boolProp>
                <stringProp name="Argument.value">${body}</stringProp>
                <stringProp name="Argument.metadata">=</stringProp>
              </elementProp>
            </collectionProp>`;
  return `        <HTTPSamplerProxy guiclass="HttpTestSampleGui" testclass="HTTPSamplerProxy" testname="${name}" enabled="true">
          <boolProp name="HTTPSampler.postBodyRaw">${String(body !== null)}</boolProp>
          <elementProp name="HTTPsampler.Arguments" elementType="Arguments">
            ${value}
          </elementProp>
          <stringProp name="HTTPSampler.domain">\${__P(host,127.0.0.1)}</stringProp>
          <stringProp name="HTTPSampler.port">\${__P(port,3000)}</stringProp>
          <stringProp name="HTTPSampler.protocol">\${__P(protocol,http)}</stringProp>
          <stringProp name="HTTPSampler.connect_timeout">${String(timeoutMs)}</stringProp>
          <stringProp name="HTTPSampler.response_timeout">${String(timeoutMs)}</stringProp>
          <stringProp name="HTTPSampler.contentEncoding">UTF-8</stringProp>
          <stringProp name="HTTPSampler.path">${path}</stringProp>
          <stringProp name="HTTPSampler.method">${method}</stringProp>
          <boolProp name="HTTPSampler.follow_redirects">false</boolProp>
          <boolProp name="HTTPSampler.auto_redirects">false</boolProp>
          <boolProp name="HTTPSampler.use_keepalive">true</boolProp>
          <stringProp name="HTTPSampler.implementation">HttpClient4</stringProp>
        </HTTPSamplerProxy>`;
}

function header(name: string, value: string): string {
  return `              <elementProp name="" elementType="Header">
                <stringProp name="Header.name">${xml(name)}</stringProp>
                <stringProp name="Header.value">${xml(value)}</stringProp>
              </elementProp>`;
}

function headerVariable(index: number): string {
  return `header${String(index + 1)}`;
}

/** How to run it, where JMeter shows it. */
function comment({ question }: Scenario): string {
  return `${question.replaceAll(/\s+/g, " ").trim()}
Generated by MeshHook. Run it with: jmeter -n -t plan.jmx -l results.jtl -Jhost=localhost -Jport=3000 -Jpath=/hooks/<token> -Jsample_variables=${SAMPLE_VARIABLES.join(",")}
dueAtMs is the instant at which a request was due. Count latencies from it: JMeter's own start when a request is sent.`;
}

function xml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
