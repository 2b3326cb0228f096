// A service keeps one hue everywhere: its name's hash picks from a palette whose neighbours stay apart for every common colour blindness
// (after Okabe and Ito). The palette's tokens --hue-0 … --hue-9 are in style/tokens.css, one set for light and one for dark.
const HUES = 10;

function hash(name: string): number {
	let h = 0x811c9dc5;
	for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
	h ^= h >>> 15;
	return (h >>> 0) % HUES;
}

export function hueVar(service: string): string {
	if (service === 'edge' || service === 'gateway' || !service) return 'var(--hue-none)';
	return `var(--hue-${hash(service)})`;
}

// What a CSS colour expression means right now, for canvas (charts): resolved by the browser on a probe element.
export function resolve(expression: string): string {
	const probe = document.createElement('i');
	probe.style.color = expression;
	document.body.append(probe);
	const colour = getComputedStyle(probe).color;
	probe.remove();
	return colour;
}
