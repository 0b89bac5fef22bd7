// Runs the cases of Go's Kafka clients as a test asks for them: a line of standard input names a case, a line of
// standard output answers it, in JSON, with what went wrong or null. The broker's address is the first argument.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"time"
)

var bootstrap = os.Args[len(os.Args)-1]

var cases = map[string]func(context.Context) error{}

func main() {
	addFranzCases()
	addSaramaCases()
	addKafkaGoCases()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var answer any
		if err := run(lines.Text()); err != nil {
			answer = err.Error()
		}
		encoded, _ := json.Marshal(answer)
		fmt.Println(string(encoded))
	}
}

func run(sentence string) error {
	test, ok := cases[sentence]
	if !ok {
		return fmt.Errorf("this program has no case named %q", sentence)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return test(ctx)
}

// unique makes a name that no other case has: all of them share one broker.
func unique(name string) string {
	return fmt.Sprintf("%s-%d", name, time.Now().UnixNano())
}

// wines are values that compress well, and differ.
func wines(count int) []string {
	values := make([]string, count)
	for n := range values {
		values[n] = strings.Repeat(fmt.Sprintf("wine %d", n), 20)
	}
	return values
}

// equal fails unless both are deeply equal, and says what they are.
func equal(actual, expected any) error {
	if reflect.DeepEqual(actual, expected) {
		return nil
	}
	return fmt.Errorf("expected %v, got %v", expected, actual)
}

// isError fails unless err is, or wraps, the one that is expected.
func isError(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return fmt.Errorf("expected the error %v, got %v", expected, err)
}

// until asks again and again, until there is neither an error nor a false.
func until(ctx context.Context, what string, condition func() (bool, error)) error {
	for {
		holds, err := condition()
		if err == nil && holds {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited in vain for %s: %v", what, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
