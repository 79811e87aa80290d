// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {JobFixture} from "../helpers/JobFixture.sol";

// vectors/assignments.json: what oracles sign for the job escrow
// └── given the escrow lives where, and on the chain that, a vector says
//     └── its digest is the vector's
contract AssignmentVectorsTest is JobFixture {
    using Strings for uint256;

    function test_AssignmentsAreDigestedAsTheVectorsSay() public {
        string memory json = vm.readFile("vectors/assignments.json");
        uint256 count = 0;
        for (; vm.keyExistsJson(json, string.concat(".assignments[", count.toString(), "]")); ++count) {
            _check(json, string.concat(".assignments[", count.toString(), "]"));
        }
        vm.assertGt(count, 2, "there are assignments");
    }

    function _check(string memory json, string memory key) private {
        address at = vm.parseJsonAddress(json, string.concat(key, ".escrow"));
        vm.etch(at, address(escrow).code);
        _useChain(vm.parseJsonUint(json, string.concat(key, ".chainId")));
        bytes32 digest = IJobEscrow(at).digestOf(
            IJobEscrow.Assignment({
                jobId: vm.parseJsonUint(json, string.concat(key, ".jobId")),
                sequence: uint16(vm.parseJsonUint(json, string.concat(key, ".sequence"))),
                leaving: _tokenIds(json, string.concat(key, ".leaving")),
                joining: _tokenIds(json, string.concat(key, ".joining")),
                deadline: uint64(vm.parseJsonUint(json, string.concat(key, ".deadline")))
            })
        );
        vm.assertEq(digest, vm.parseJsonBytes32(json, string.concat(key, ".digest")), "digest");
    }

    function _tokenIds(string memory json, string memory key) private pure returns (uint16[] memory tokenIds) {
        uint256[] memory read = vm.parseJsonUintArray(json, key);
        tokenIds = new uint16[](read.length);
        for (uint256 i = 0; i < read.length; ++i) tokenIds[i] = uint16(read[i]);
    }
}
