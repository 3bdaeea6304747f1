// All texts of the event's page that Foyer hosts. A language is one object of this shape.

export const en = {
  lang: 'en',
  inside: 'You’re inside.',
  loading: 'This page is for you now.',
  left: (time) => `${time} left of your visit.`,
  gone: 'You gave your place back. Thank you.',
  renew: 'Stay longer',
  leave: 'Leave',
  choose: 'Choose your seats',
  page: 'About the event',
  presents: (organiser) => `Presented by ${organiser}`,
  title: (name) => name || 'You’re inside',
};
