import type { FactReader } from "./fact-reader.ts";
import type { Kept, KeptIteration } from "./kept.ts";

/** What a stored delivery keeps of another run. @throws HistoryError `history_corrupt` */
export function readKept(delivery: FactReader): Kept[] {
  return delivery.readers("kept").map((reader): Kept => {
    const place = reader.place();
    if (reader.has("items")) {
      return {
        ...place,
        items: reader.list("items"),
        ended: reader.readers("ended").map(readIteration),
        open: reader.counts("open"),
        ...(reader.has("brokenAt") ? { brokenAt: reader.count("brokenAt") } : {}),
      };
    }
    return {
      ...place,
      port: reader.text("port"),
      output: reader.value("output"),
      ...(reader.has("error") ? { error: reader.stepError() } : {}),
      ...(reader.has("attempts") ? { attempts: reader.count("attempts") } : {}),
      ...(reader.has("edited") ? { edited: true } : {}),
    };
  });
}

function readIteration(reader: FactReader): KeptIteration {
  const index = reader.count("index");
  return reader.has("error") ? { index, error: reader.stepError() } : { index, result: reader.value("result") };
}
