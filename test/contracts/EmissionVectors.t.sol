// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDeed} from "../../contracts/interfaces/IDeed.sol";
import {Emission} from "../../contracts/libraries/Emission.sol";
import {Supply} from "../../contracts/libraries/Supply.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// vectors/emission.json: the curves as the keepers compute them, wei by wei
// ├── the library mints exactly these amounts
// └── so do the deeds, where a vector is about one of them
contract EmissionVectorsTest is ProtocolFixture {
    string private vectors;

    function setUp() public override {
        super.setUp();
        vectors = vm.readFile("vectors/emission.json");
    }

    function test_MustHold5_TheLibraryMintsWhatTheVectorsSay() public view {
        string[6] memory names = ["nd", "mnd", "mndSmall", "mndWei", "mndShort", "gnd"];
        Emission.Logistic memory curve = Emission.logisticConstants();
        for (uint256 i = 0; i < names.length; ++i) {
            (uint256 allocation, uint256 duration, uint256[] memory cumulatives, uint256[] memory minted) = _read(
                names[i]
            );
            bool linear = i == 0 || i == 5;
            for (uint256 k = 0; k < cumulatives.length; ++k) {
                uint256 amount =
                    linear
                        ? Emission.linear(allocation, duration, cumulatives[k])
                        : Emission.logistic(curve, allocation, duration, cumulatives[k]);
                vm.assertEq(amount, minted[k], names[i]);
            }
        }
    }

    function test_MustHold5_TheDeedsMintWhatTheVectorsSay() public {
        address owner = _operator("owner", 0);
        _buy(owner, 1);
        _issueMaster(owner, Supply.MASTER_DEED_MAX_ALLOCATION);
        _issueGenesis(owner);
        string[3] memory names = ["nd", "mnd", "gnd"];
        for (uint256 i = 0; i < 3; ++i) {
            (uint256 allocation, uint256 duration, uint256[] memory cumulatives, uint256[] memory minted) = _read(
                names[i]
            );
            address deed = [address(nodeDeed), address(masterDeed), address(genesisDeed)][i];
            vm.assertEq(IDeed(deed).allocationOf(1), allocation, "allocation");
            vm.assertEq(IDeed(deed).DURATION(), duration, "duration");
            for (uint256 k = 0; k < cumulatives.length; ++k) {
                vm.assertEq(IDeed(deed).mintedAt(1, cumulatives[k]), minted[k], names[i]);
            }
        }
    }

    function _read(
        string memory name
    )
        private
        view
        returns (uint256 allocation, uint256 duration, uint256[] memory cumulatives, uint256[] memory minted)
    {
        allocation = vm.parseJsonUint(vectors, string.concat(".", name, ".allocation"));
        duration = vm.parseJsonUint(vectors, string.concat(".", name, ".duration"));
        cumulatives = vm.parseJsonUintArray(vectors, string.concat(".", name, ".cumulatives"));
        minted = vm.parseJsonUintArray(vectors, string.concat(".", name, ".minted"));
        vm.assertGt(cumulatives.length, 100, "the vector is there");
        vm.assertEq(cumulatives.length, minted.length, "and whole");
    }
}
