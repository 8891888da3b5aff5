/** As in style.css: whether the panel lies over the editors. */
export const isNarrow = (): boolean => matchMedia('(max-width: 760px)').matches;
