/**
 * Prints the models that WebLLM knows how to run, as the server lists them: default first.
 *
 * Only models that write text; url and library are what WebLLM calls model and model_lib. The overrides
 * belong to a model's configuration: without them its cache would hold a window of 131,072 tokens.
 */

import { ModelType, prebuiltAppConfig } from "@mlc-ai/web-llm";

const DEFAULT = "Llama-3.2-1B-Instruct-q4f16_1-MLC";

const models = prebuiltAppConfig.model_list
  .filter(({ model_type }) => model_type === undefined || model_type === ModelType.LLM)
  .map(({ model_id, model, model_lib, vram_required_MB, overrides, required_features }) => ({
    id: model_id,
    url: model,
    library: model_lib,
    vramMb: vram_required_MB ?? null,
    contextTokens: overrides?.context_window_size ?? null,
    overrides: overrides ?? {},
    features: required_features ?? [],
  }));
models.sort((a, b) => (b.id === DEFAULT) - (a.id === DEFAULT));
console.log(JSON.stringify(models, null, 1));
