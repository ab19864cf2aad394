// How sure the assistant was, short: .93
export const sure = (value: number) => (value >= 0.995 ? "1.0" : value.toFixed(2).replace(/^0/, ""));
