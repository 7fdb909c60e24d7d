/** The two ways to register a webhook: the older generation's, which replaces, and the newer one's, which minds another. */
export const registrationForms = ['partner', 'platform'] as const;

export type RegistrationForm = (typeof registrationForms)[number];
