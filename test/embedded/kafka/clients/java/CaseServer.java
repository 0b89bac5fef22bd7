package clients;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;

/**
 * Runs the cases of Kafka's Java clients as a test asks for them: a line of standard input names a case, a line of
 * standard output answers it, in JSON, with what went wrong or null. The broker's address is the first argument.
 */
public final class CaseServer {
    static String bootstrap;

    private static final Map<String, Case> cases = new TreeMap<>();

    interface Case {
        void run() throws Exception;
    }

    interface Condition {
        boolean holds() throws Exception;
    }

    public static void main(String[] args) throws Exception {
        bootstrap = args[args.length - 1];
        AdminCases.registerAll();
        RecordCases.registerAll();
        GroupCases.registerAll();
        TransactionCases.registerAll();
        var lines = new BufferedReader(new InputStreamReader(System.in));
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            System.out.println(run(line));
        }
        // Clients' threads would keep the process.
        System.exit(0);
    }

    static void register(String sentence, Case test) {
        cases.put(sentence, test);
    }

    /** A name that no other case has: all of them share one broker. */
    static String unique(String name) {
        return name + "-" + UUID.randomUUID().toString().substring(0, 8);
    }

    static void equal(Object actual, Object expected) {
        if (!Objects.equals(actual, expected)) {
            throw new AssertionError("expected " + expected + ", got " + actual);
        }
    }

    /** Asks until the condition is true: the clients' own polls in it are what waits, or a pause. */
    static void until(String what, Condition condition) throws Exception {
        var deadline = System.nanoTime() + Duration.ofSeconds(15).toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > deadline) throw new AssertionError("waited 15 s in vain for " + what);
            Thread.sleep(10);
        }
    }

    /** The error of that class which the work ends with, as itself or as the cause of a future's. */
    static <T extends Throwable> T raises(Class<T> kind, Case work) throws Exception {
        try {
            work.run();
        } catch (Throwable error) {
            var cause = error instanceof ExecutionException ? error.getCause() : error;
            if (kind.isInstance(cause)) return kind.cast(cause);
            throw new AssertionError("expected " + kind.getName() + ", got " + cause, error);
        }
        throw new AssertionError("no " + kind.getName() + " was raised");
    }

    private static String run(String sentence) {
        var test = cases.get(sentence);
        if (test == null) return json("this program has no case named " + sentence + ", only " + cases.keySet());
        try {
            test.run();
            return "null";
        } catch (Throwable error) {
            var trace = new StringWriter();
            error.printStackTrace(new PrintWriter(trace));
            return json(trace.toString());
        }
    }

    private static String json(String text) {
        var quoted = new StringBuilder("\"");
        for (var c : text.toCharArray()) {
            if (c == '"' || c == '\\') quoted.append('\\').append(c);
            else if (c < ' ') quoted.append(String.format("\\u%04x", (int) c));
            else quoted.append(c);
        }
        return quoted.append('"').toString();
    }
}
