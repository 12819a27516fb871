// What both Node clients' files say their findings with.
import assert from "node:assert/strict";

export const URL = process.env.ASHAO_URL;
export const KEY = process.env.ASHAO_API_KEY;
export const WORDS = "The capital of France is Paris.";
export const PIRATE = "Arr, Paris!";
export const QUESTION = "What is the capital of France?";
export const WEATHER = "What is the weather in Paris?";
export const FACTS = { city: "Paris", population: 2100000 };
export { assert };

/** Try each feature, and print one line of JSON for it. */
export async function tell(features) {
  for (const [feature, attempt] of Object.entries(features)) {
    let cell = "works";
    try {
      await attempt();
    } catch (error) {
      cell = cellOf(error);
    }
    console.log(JSON.stringify({ feature, cell }));
  }
}

function cellOf(error) {
  const param = error.param ?? error.data?.error?.param;
  if (param && [400, 404, 422].includes(error.status ?? error.statusCode))
    return `refused: ${param}`;
  return `fails: ${error.name}: ${String(error.message).replaceAll(/\s+/g, " ").slice(0, 160)}`;
}
