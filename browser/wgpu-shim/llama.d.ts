/** What llama_engine.js uses of the script that build/llama.py makes of wllama and the templates' language. */

export { Template } from "@huggingface/jinja";
export type { RawCompletionChunk } from "@wllama/wllama";
export { Wllama } from "@wllama/wllama";
