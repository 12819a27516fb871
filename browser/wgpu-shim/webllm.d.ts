/**
 * What webllm_engine.js uses of WebLLM, which the build puts beside the worker's script: its public part
 * by its own types, and the two maps inside, which its types hide (the version is pinned).
 */

import type { CompletionCreateParamsStreaming, MLCEngineConfig } from "@mlc-ai/web-llm";
import type { ConvTemplate } from "./template.js";

export type Completion = CompletionCreateParamsStreaming;
export type Chunk = { choices: { text: string; finish_reason: string | null }[] };

export type Pipeline = {
  outputIds: number[];
  getCurRoundCompletionTotalTokens(): number;
  tokenizer: {
    encode(text: string): ArrayLike<number>;
    decode(ids: Int32Array): string;
    idToToken(id: number): string;
  };
};

export type ChatConfig = {
  context_window_size: number;
  sliding_window_size: number;
  conv_template: ConvTemplate;
  conv_config?: Partial<ConvTemplate>;
};

export declare class MLCEngine {
  constructor(config: MLCEngineConfig);
  reload(modelId: string): Promise<void>;
  unload(): Promise<void>;
  getMessage(): Promise<string>;
  completions: { create(completion: Completion): Promise<AsyncIterable<Chunk>> };
  loadedModelIdToPipeline: Map<string, Pipeline>;
  loadedModelIdToChatConfig: Map<string, ChatConfig>;
}
