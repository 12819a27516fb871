/** What typeset.js uses of the script that build/on_demand.py makes of KaTeX. */
export function render(tex: string, element: HTMLElement, options: object): void;
