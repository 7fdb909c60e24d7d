import {
  type Country,
  isE164,
  loadNumberingPlans,
  type ReadInboundNumber,
  readGatewayPhone,
} from './phone.ts';
import {
  createFinder,
  isLandline,
  isMobile,
  type NumberingPlans,
  type PhoneText,
  readPhoneText,
} from './phone-text.ts';

/**
 * Returns the reader for the numbers of inbound messages, which reads what `parsePhone` reads; any other text stays as it
 * is. Gateways should write numbers with the country code, but some write the originator of an SMS as a national number:
 * that takes `country`. If both readings are valid, it is the international one, unless only the other may be a mobile
 * phone. Digits that are neither national nor an international mobile number stay without a `+`: they may be those of a
 * person in another country.
 */
export async function openInboundReader(country: Country | undefined): Promise<ReadInboundNumber> {
  return createInboundReader(await loadNumberingPlans(), country);
}

function createInboundReader<Country extends string>(
  plans: NumberingPlans<Country>,
  country: Country | undefined,
): (text: string) => string {
  const { parse, parseValid, assertSingle } = createFinder(plans, country);
  const read = (text: string): PhoneText | undefined => {
    try {
      const found = readPhoneText(text);
      assertSingle(found, '');
      return found;
    } catch {
      return undefined;
    }
  };
  /** Reads numbers that begin with a country code. */
  const readInternational = (numbers: readonly string[]): string | undefined => {
    const [found, ...others] = new Set(
      numbers.filter((one) => parseValid(one)).map((one) => parse(one)?.number),
    );
    return others.length === 0 ? found : undefined;
  };
  return (text) => {
    const plain = isE164(text) ? parse(text) : undefined;
    if (plain?.isValid()) return plain.number;
    const found = read(text);
    if (found === undefined) return text;
    const marked = found.readings.filter((one) => one.startsWith('+'));
    // A number that no plan knows may be a new one.
    if (marked.length > 0) return readInternational(marked) ?? readGatewayPhone(marked[0] ?? '') ?? text;
    const [reading = ''] = found.readings;
    if (reading.length < minPhoneDigits) return text;
    const national = country && found.readings.map((one) => parseValid(one)).find(Boolean);
    const international = parseValid(`+${reading}`);
    const isNational = international === undefined || (!isLandline(national) && isLandline(international));
    if (national && isNational) return national.number;
    // The other reading is a guess, unless it is a mobile number: those are the ones that write messages.
    return (isMobile(international) && readInternational([`+${reading}`])) || reading;
  };
}

/** Digits of the shortest phone number; fewer are a short code. */
const minPhoneDigits = 7;
