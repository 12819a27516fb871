/** What colours.js uses of the script that build/on_demand.py makes of lowlight. */
export { common, createLowlight } from "lowlight";
