// Every word that the page says while the door opens. A language is one object of this shape.

export const en = {
  loading: 'Opening the page.',
  busy: 'This takes longer than usual. We keep trying: there is no need to reload.',
  elsewhere: 'Your visit was open on another network a moment ago. It moves to this one within two minutes.',
};
