import { html } from "../../html.ts";
import type { Html } from "../../html.ts";
import { endLabels } from "../end-labels.ts";
import { linePaths } from "../line.ts";
import type { Line } from "../line.ts";
import { drawReadout, gridPath } from "../plot.ts";
import type { Readout, Rule, Tick } from "../plot.ts";
import { percentOf, rounded } from "../position.ts";
import type { Heatmap } from "./heatmap.ts";

/** Something that lasted from one position of the time axis to another. */
export interface Span {
  readonly from: number;
  readonly to: number;
  /** Shown if it has room, and read to those who hear the page. */
  readonly label: string;
  readonly tone: "plain" | "set-aside" | "fault" | "stall";
}

/** A row of spans, such as blocks or faults. */
export interface Lane {
  readonly name: string;
  readonly spans: readonly Span[];
}

/** A row with a y axis of its own. */
export interface Track {
  readonly name: string;
  readonly unit: string;
  /** In words, for those who cannot see it. */
  readonly description: string;
  readonly lines: readonly Line[];
  readonly yTicks: readonly Tick[];
  readonly rules?: readonly Rule[];
  readonly isTall?: boolean;
  /** Drawn below the lines. */
  readonly heatmap?: Heatmap | null;
}

export interface Timeline {
  readonly title: string;
  readonly lanes: readonly Lane[];
  readonly tracks: readonly Track[];
  /** Stretches that are in no figure. */
  readonly shaded: readonly { readonly from: number; readonly to: number }[];
  readonly xTicks: readonly Tick[];
  readonly xTitle: string;
  readonly readouts: readonly Readout[];
}

/** Draws rows above each other on one time axis, so that what happened at the same time stands in one column. */
export function drawTimeline(timeline: Timeline): Html {
  return html`<figure class="timeline">
    <figcaption class="plot-title">${timeline.title}</figcaption>
    <div class="timeline-body">
      ${timeline.lanes.map(drawLane)} ${timeline.tracks.map((track) => drawTrack(track, timeline))}
      <div class="timeline-row">
        <div class="timeline-x" aria-hidden="true">
          ${timeline.xTicks.map((tick) => html`<span style="left:${percentOf(tick.position)}">${tick.label}</span>`)}
        </div>
      </div>
      <div class="timeline-readouts">${timeline.readouts.map(drawReadout)}</div>
    </div>
    <div class="plot-x-title" aria-hidden="true">${timeline.xTitle}</div>
  </figure>`;
}

function drawLane({ name, spans }: Lane): Html {
  return html`<div class="timeline-row">
    <div class="timeline-name" aria-hidden="true">${name}</div>
    <ol class="lane" aria-label="${name}">
      ${spans.map(({ from, to, label, tone }) => html`<li class="span span-${tone}" title="${label}" style="left:${percentOf(from)};width:${percentOf(to - from)}"><span>${label}</span></li>`)}
    </ol>
  </div>`;
}

function drawTrack(track: Track, { shaded, xTicks }: Timeline): Html {
  return html`<div class="timeline-row">
    <div class="timeline-name" aria-hidden="true"><b>${track.name}</b> <span>${track.unit}</span></div>
    <div class="plot-y" aria-hidden="true">
      ${track.yTicks.map((tick) => html`<span style="bottom:${percentOf(tick.position)}">${tick.label}</span>`)}
    </div>
    <div class="track${track.isTall ? " track-tall" : ""}">
      <svg
        viewBox="0 0 1000 1000"
        preserveAspectRatio="none"
        role="img"
        aria-label="${track.name}, ${track.unit}. ${track.description}"
      >
        <path
          class="shaded"
          d="${shaded.flatMap(({ from, to }) => (to > from ? [`M${String(rounded(from))} 0h${String(rounded(to - from))}V1000h-${String(rounded(to - from))}z`] : [])).join("")}"
        />
        ${track.heatmap ? track.heatmap.levels.map(({ shade, path }) => html`<path class="heat heat-${shade}" d="${path}" />`) : null}
        ${gridPath(xTicks, track.yTicks)}
        ${(track.rules ?? []).map(({ at }) => html`<path class="rule" d="M0 ${1000 - rounded(at)}H1000" />`)}
        ${track.lines.map(linePaths)}
      </svg>
      <div aria-hidden="true">
        ${(track.rules ?? []).map(({ at, label }) => html`<span class="rule-label rule-label-y" style="bottom:${percentOf(at)}">${label}</span>`)}
      </div>
    </div>
    ${track.heatmap ? heatKey(track.heatmap) : endLabels(track.lines, TRACK_LABEL_GAP)}
  </div>`;
}

/** Of labels beside a track, in thousandths of its height. */
const TRACK_LABEL_GAP = 190;

function heatKey({ levels }: Heatmap): Html {
  return html`<div class="ends heat-keys" aria-hidden="true">
    ${levels.toReversed().map(({ shade, key }) => html`<span><i class="heat-${shade}"></i>${key}</span>`)}
  </div>`;
}
